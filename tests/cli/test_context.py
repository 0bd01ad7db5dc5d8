"""Proves that evaluations see the run's own data, and know what it held out."""

import pytest

from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
from jebm_tf.cli.context import default_cache, make_context
from jebm_tf.trainers.length import TrainingLength

pytestmark = pytest.mark.usefixtures("clean_gin")


def context(tmp_path, *bindings):
    gin_files.load(["digits.gin", "eval/defaults.gin"], list(bindings))
    return make_context(build_trainer(build("Run"), TrainingLength()), seed=3, cache=tmp_path, batch_size=64)


def test_images_come_by_the_run_s_settings(tmp_path):
    made = context(tmp_path, "load_images.exclude_labels = (2, 5)")
    train, test = made.images("train"), made.images("test")
    assert not {2, 5} & set(train.labels)
    assert len(train) > len(test)
    assert {2, 5} < set(made.images("test", exclude_labels=()).labels)
    assert train.left_out == (2, 5)
    held_out = context(tmp_path, "held = 3", "load_images.exclude_labels = (%held,)")
    assert held_out.images("train").left_out == (3,)
    assert context(tmp_path).images("train").left_out == ()


def test_chains_have_the_delta_of_the_weights_that_are_loaded(tmp_path):
    """Tasks that look at several checkpoints load one after the other, each with the δ that was learned by then."""
    gin_files.load(["digits.gin", "eval/defaults.gin"], ["PriorChain.adaptation = @StepAdaptation()"])
    trainer = build_trainer(build("Run"), TrainingLength())
    made = make_context(trainer, seed=3, cache=tmp_path, batch_size=64)
    for loaded in (0.25, 0.125):
        trainer.adapted.step_size.assign(loaded)
        assert made.prior_sampler.describe()["step_size"] == loaded


def test_progress_passes_everything_on(tmp_path, capsys):
    assert list(context(tmp_path).progress(range(3), 3, "thing")) == [0, 1, 2]
    assert not capsys.readouterr().out


def test_the_cache_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "jebm_tf"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache().parts[-2:] == (".cache", "jebm_tf")
