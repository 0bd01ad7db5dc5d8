"""Proves that the exact rule is what learned before there were rules, on recorded runs. The rest: its trainers."""

import json
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.rule import LearningRule
from tests.training import train_on_digits

RECORDED = Path(__file__).parent / "recorded"  # settings and rows of runs of 6 steps on the digits


def rows(trainer, steps, every):
    """What a run logs: means of the scalars over every so many steps."""
    found = []
    for _ in range(steps // every):
        trainer.scalars.reset_state()
        train_on_digits(trainer, every, batch_size=100)
        found.append({name: float(value) for name, value in trainer.scalars.result().items()})
    return found


@pytest.mark.parametrize("name", ["joint_mle", "joint_variational", "conditional_ebm", "ladder"])
def test_the_paper_s_rule_is_what_learned_before_there_were_rules(name, clean_gin):
    gin_files.load([str(RECORDED / f"{name}.gin"), "rules/paper.gin"], [])
    run = build("Run")
    keras.utils.set_random_seed(run.seed)
    trainer = build_trainer(run, TrainingLength(15, run.max_steps))
    assert trainer.rule.is_exact
    recorded = json.loads((RECORDED / "rows.json").read_text())[name]
    for ours, theirs in zip(rows(trainer, run.max_steps, run.log_every), recorded, strict=True):
        for scalar, value in theirs.items():
            assert ours[scalar] == pytest.approx(value, rel=1e-4, abs=1e-5), scalar


def test_exact_means_all_terms_with_their_weights():
    assert LearningRule(climb=1.0, prior_negative_phase=True).is_exact
    assert not LearningRule(climb=0.5, prior_negative_phase=True).is_exact
    assert not LearningRule(climb=1.0, prior_negative_phase=False).is_exact
    assert not LearningRule(climb=LearningRate(1.0, decay=0.9), prior_negative_phase=True).is_exact


def test_climb_is_a_number_or_a_schedule():
    assert float(LearningRule(climb=0.25).over(TrainingLength(10)).climb_at(tf.constant(25))) == 0.25
    halved = LearningRule(climb=LearningRate(1.0, decay=0.5)).over(TrainingLength(10))
    assert [float(halved.climb_at(tf.constant(step))) for step in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]


def test_a_negative_climb_is_refused():
    with pytest.raises(ValueError, match=r"LearningRule.climb = -0.5: must be 0 or more"):
        LearningRule(climb=-0.5)
