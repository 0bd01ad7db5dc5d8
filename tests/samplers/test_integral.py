"""Proves brackets of integrals against numerical integration over a two-dimensional latent space."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.samplers import integral as integral_module
from jebm_tf.samplers.integral import Annealing, log_integral
from tests.integrals import curved_model, integral

SEED = seeds.root_seed(1)


def test_the_normalising_constant_against_integration():
    model = curved_model()
    expected = integral(model)
    run = tf.function(
        lambda: log_integral(lambda e: model.f(model.transform(e)), (1, 1), 1, Annealing(2000, 50, 5), SEED)
    )
    found = run()
    assert float(found.low[0]) == pytest.approx(expected, abs=0.05)
    assert float(found.high[0]) == pytest.approx(expected, abs=0.05)
    assert found.acceptance > 0.4
    assert 100.0 < float(found.effective_chains[0]) <= 2000.0
    assert abs(expected) > 0.5  # something is there to estimate


def test_too_few_temperatures_show_as_a_wide_bracket():
    model = curved_model()
    far = tf.tile(tf.reshape(tf.constant([0.99, -0.99]), [1, 1, 2, 1]), [8, 1, 1, 1])

    def tilt(noise):
        z = model.transform(noise)
        return 40.0 * model.log_likelihood(far, z) + model.f(z)

    brackets = [tf.function(lambda n=n: log_integral(tilt, (1, 1), 1, Annealing(8, n, 3), SEED))() for n in (3, 300)]
    gaps = [float(bracket.high[0] - bracket.low[0]) for bracket in brackets]
    assert gaps[0] > 5 * abs(gaps[1])


def two_modes(distance=12.0):
    """u with N(0, 1) exp[u] = 0.1 N(0, 0.5²) + 0.9 N(distance, 0.2²): chains from N(0, 1) never find the second."""

    def tilt(noise):
        e = noise[0][:, 0]
        parts = [
            np.log(share / scale) - 0.5 * ((e - centre) / scale) ** 2 + 0.5 * e**2
            for share, centre, scale in ((0.1, 0.0, 0.5), (0.9, distance, 0.2))
        ]
        return tf.reduce_logsumexp(tf.stack(parts), axis=0)

    return tilt


def test_a_mode_that_nothing_finds_fools_the_bracket_and_exact_samples_do_not():
    settings = (two_modes(), (1,), 20, Annealing(4, 100, 5), SEED)
    fooled = tf.function(lambda: log_integral(*settings))()
    assert np.all(fooled.high < -1.5)  # the truth is 0; what was found holds a tenth
    rng = np.random.default_rng(0)
    second = rng.uniform(size=20) < 0.9
    exact = np.where(second, 12.0 + 0.2 * rng.standard_normal(20), 0.5 * rng.standard_normal(20))
    exact = (tf.constant(exact[:, None], tf.float32),)
    bracket = tf.function(lambda: log_integral(*settings, exact=exact))()
    assert np.mean(bracket.high) > 0.0
    assert np.mean(bracket.low) < -1.5


def test_ends_are_chosen_by_weight_within_their_problem():
    position = (tf.reshape(tf.range(12.0), [12, 1]),)
    weights = np.full(12, -50.0)
    weights[[1, 7, 10]] = 0.0  # of problems 0, 1 and 2, four chains each
    (chosen,) = integral_module._choose(position, tf.constant(weights), 3, 4, SEED)
    np.testing.assert_array_equal(chosen[:, 0], [1.0] * 4 + [7.0] * 4 + [10.0] * 4)


def test_problems_do_not_mix():
    """Integrals of exp(a ε), with a number a for each problem, are exp(a² / 2)."""
    slopes = tf.repeat(tf.constant([0.5, -1.0, 1.5]), 1000)
    found = tf.function(lambda: log_integral(lambda e: slopes * e[0][:, 0], (1,), 3, Annealing(1000, 60, 5), SEED))()
    for estimate in (found.low, found.high):
        np.testing.assert_allclose(estimate, [0.125, 0.5, 1.125], atol=0.08)
