"""Learning rates by hand."""

import keras
import numpy as np
import pytest

from jebm_tf.trainers.learning_rate import CosineRate, LearningRate, as_schedule
from jebm_tf.trainers.length import TrainingLength


def values(rate, steps, steps_per_epoch, total_steps=None):
    schedule = as_schedule(rate, TrainingLength(steps_per_epoch, total_steps))
    return [float(schedule(step)) for step in steps]


def test_falls_by_its_factor_each_epoch():
    np.testing.assert_allclose(values(LearningRate(0.1, 0.5), [0, 9, 10, 25], 10), [0.1, 0.1, 0.05, 0.025], rtol=1e-6)


def test_cosine_rises_falls_and_stays():
    found = values(CosineRate(0.2, 0.02, 2, 6), [0, 10, 20, 40, 60, 100], 10)
    np.testing.assert_allclose(found, [0.0, 0.1, 0.2, 0.11, 0.02, 0.02], rtol=1e-5, atol=1e-7)


def test_cosine_without_warm_up_begins_at_its_height():
    np.testing.assert_allclose(
        values(CosineRate(0.2, 0.0, 0, 2), [0, 10, 20], 10), [0.2, 0.1, 0.0], rtol=1e-5, atol=1e-7
    )


def test_cosine_spans_the_run_unless_it_says_how_long_it_is():
    np.testing.assert_array_equal(
        values(CosineRate(0.2, 0.02, 2), [0, 10, 35, 60], 10, 60),
        values(CosineRate(0.2, 0.02, 2, 6), [0, 10, 35, 60], 10),
    )
    np.testing.assert_allclose(values(CosineRate(0.2, 0.0, 2), [0, 2, 4], 10, 5), [0.0, 0.02, 0.04], rtol=1e-5)


def test_numbers_and_keras_schedules_are_rates_too():
    assert values(0.25, [0, 100], 10) == [0.25, 0.25]
    given = keras.optimizers.schedules.PiecewiseConstantDecay([5], [1.0, 0.5])
    assert values(given, [0, 6], 10) == [1.0, 0.5]


@pytest.mark.parametrize("wrong", [{"rate": 0.1, "last": 0.2}, {"warm_up_epochs": -1}, {"last": -0.1}])
def test_wrong_settings(wrong):
    with pytest.raises(ValueError, match="needs 0 ≤ last ≤ rate"):
        CosineRate(**wrong)


def test_falls_by_a_factor_each_step():
    found = values(LearningRate(0.1, step_decay=0.5), [0, 1, 2, 3], 10)
    np.testing.assert_allclose(found, [0.1, 0.05, 0.025, 0.0125], rtol=1e-6)
    steps = [0, 1, 1000, 520_833]
    found = values(LearningRate(2e-3, step_decay=0.999999), steps, 1042)
    np.testing.assert_allclose(found, [2e-3 * 0.999999**step for step in steps], rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"step_decay": 0.0}, "step_decay = 0.0: must be in"), ({"decay": 0.5, "step_decay": 0.5}, "one must be 1")],
)
def test_wrong_factors(wrong, message):
    with pytest.raises(ValueError, match=message):
        LearningRate(0.1, **wrong)
