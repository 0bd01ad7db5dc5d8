"""Moving averages: the recursion, and weights that come back untouched."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.trainers.averages import WeightAverages
from jebm_tf.trainers.options import StepOptions
from tests.trainers.test_mle import fit, make_trainer, weights


def test_the_recursion_by_hand():
    weight = keras.Variable([2.0, -1.0])
    averages = WeightAverages([weight], decay=0.5)
    weight.assign([4.0, 3.0])
    averages.update(tf.constant(1))  # d = min(0.5, 2 / 11)
    first = 2 / 11 * np.array([2.0, -1.0]) + 9 / 11 * np.array([4.0, 3.0])
    np.testing.assert_allclose(averages.values[0], first, rtol=1e-6)
    weight.assign([0.0, 1.0])
    averages.update(tf.constant(1000))  # d = 0.5
    np.testing.assert_allclose(averages.values[0], 0.5 * first + [0.0, 0.5], rtol=1e-6)


def test_weights_come_back_bit_for_bit_even_after_an_error():
    weight = keras.Variable([2.0, -1.0])
    averages = WeightAverages([weight], decay=0.5)
    weight.assign([0.1, 0.7])
    with pytest.raises(RuntimeError), averages.in_place():
        np.testing.assert_array_equal(weight, [2.0, -1.0])
        raise RuntimeError
    np.testing.assert_array_equal(weight, np.float32([0.1, 0.7]))


def test_a_run_with_averages_is_the_same_run():
    plain, averaged = fit(make_trainer(), 4), fit(make_trainer(options=StepOptions(average_decay=0.8)), 4)
    for name, values in weights(plain).items():
        for one, two in zip(values, weights(averaged)[name], strict=True):
            np.testing.assert_array_equal(one, two)
    before = averaged.model.get_weights()
    with averaged.averaged():
        during = averaged.model.get_weights()
    assert any(np.any(one != two) for one, two in zip(before, during, strict=True))
    for one, two in zip(before, averaged.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
