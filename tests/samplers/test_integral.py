"""Proves brackets of integrals against numerical integration over a two-dimensional latent space."""

import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.samplers.integral import Annealing, log_integral
from tests.integrals import curved_model, integral

SEED = seeds.root_seed(1)


def test_the_normalising_constant_against_integration():
    model = curved_model()
    expected = integral(model)
    run = tf.function(
        lambda: log_integral(lambda e: model.f(model.transform(e)), (1, 1), 1, Annealing(2000, 50, 5), SEED)
    )
    low, high, acceptance = run()
    assert float(low[0]) == pytest.approx(expected, abs=0.05)
    assert float(high[0]) == pytest.approx(expected, abs=0.05)
    assert acceptance > 0.5
    assert abs(expected) > 0.5  # something is there to estimate


def test_too_few_temperatures_show_as_a_wide_bracket():
    model = curved_model()
    far = tf.tile(tf.reshape(tf.constant([0.99, -0.99]), [1, 1, 2, 1]), [8, 1, 1, 1])

    def tilt(noise):
        z = model.transform(noise)
        return 40.0 * model.log_likelihood(far, z) + model.f(z)

    brackets = [tf.function(lambda n=n: log_integral(tilt, (1, 1), 1, Annealing(8, n, 3), SEED))() for n in (3, 300)]
    gaps = [float(high[0] - low[0]) for low, high, _ in brackets]
    assert gaps[0] > 5 * abs(gaps[1])
