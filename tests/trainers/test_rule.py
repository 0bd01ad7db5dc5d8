"""Proves that a rule is exact unless told otherwise. What its terms do is proved with the trainers."""

import pytest
import tensorflow as tf

from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.rule import LearningRule


def test_exact_means_all_terms_with_their_weights():
    assert LearningRule().is_exact
    assert not LearningRule(climb=0.5).is_exact
    assert not LearningRule(prior_negative_phase=False).is_exact
    assert not LearningRule(climb=LearningRate(1.0, decay=0.9)).is_exact


def test_climb_is_a_number_or_a_schedule():
    assert float(LearningRule(climb=0.25).over(TrainingLength(10)).climb_at(tf.constant(25))) == 0.25
    halved = LearningRule(climb=LearningRate(1.0, decay=0.5)).over(TrainingLength(10))
    assert [float(halved.climb_at(tf.constant(step))) for step in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]


def test_a_negative_climb_is_refused():
    with pytest.raises(ValueError, match=r"LearningRule.climb = -0.5: must be 0 or more"):
        LearningRule(climb=-0.5)
