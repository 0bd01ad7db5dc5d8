"""Proves annealing on integrals in closed form, forth and back."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.samplers.annealed import anneal, sigmoid_schedule
from tests.monte_carlo import assert_gaussian, assert_mean

SEED = seeds.root_seed(11)
SLOPE, CURVE, NUMBER = np.array([1.1, -0.7]), 2.0, 4000


def tilt(z):
    """u = a · z_1 − c z_2² / 2: N(0, I) exp[u] is Gaussian, and its integral exp(|a|² / 2) / √(1 + c)."""
    return tf.reduce_sum(z[0] * tf.constant(SLOPE, tf.float32), axis=1) - 0.5 * CURVE * z[1][:, 0] ** 2


LOG_INTEGRAL = 0.5 * SLOPE @ SLOPE - 0.5 * np.log(1.0 + CURVE)


def standard(seed, number=NUMBER):
    rng = np.random.default_rng(seed)
    return tuple(tf.constant(rng.standard_normal((number, dim)), tf.float32) for dim in (2, 1))


def target(seed):
    first, second = standard(seed)
    return first + SLOPE.astype(np.float32), second / np.float32(np.sqrt(1.0 + CURVE))


def run(start, betas, size=0.5, **settings):
    sizes = tf.fill([len(betas) - 1, len(start[0])], size)
    return tf.function(
        lambda: anneal(tilt, start, SEED, betas=tf.constant(betas, tf.float32), step_sizes=sizes, **settings)
    )()


@pytest.mark.parametrize("temperatures", [1, 4, 20])
def test_the_mean_weight_is_the_integral_whatever_the_number_of_temperatures(temperatures):
    forth = run(standard(0), sigmoid_schedule(temperatures))
    assert_mean(np.exp(np.float64(forth.log_weight) - LOG_INTEGRAL), 1.0)
    back = run(target(1), sigmoid_schedule(temperatures)[::-1])
    assert_mean(np.exp(np.float64(back.log_weight) + LOG_INTEGRAL), 1.0)


def test_the_logarithm_of_a_mean_errs_to_either_side():
    low = np.mean(run(standard(0), sigmoid_schedule(3)).log_weight)
    high = -np.mean(run(target(1), sigmoid_schedule(3)[::-1]).log_weight)
    assert low < LOG_INTEGRAL - 0.05
    assert high > LOG_INTEGRAL + 0.05


def test_chains_at_one_temperature_leave_the_target_as_it_is():
    end = run(target(2), np.ones(31)).position
    covariance = np.diag([1.0, 1.0, 1.0 / (1.0 + CURVE)])
    assert_gaussian(np.concatenate(end, axis=1), np.append(SLOPE, 0.0), covariance)
    moved = np.abs(np.concatenate(end, axis=1) - np.concatenate(target(2), axis=1))
    assert np.median(moved) > 0.5


def test_adapted_step_sizes_aim_at_their_acceptance():
    found = run(standard(0), sigmoid_schedule(300), size=0.01, adapt=True, leapfrog_steps=5)
    np.testing.assert_allclose(found.step_sizes[0], 0.01, rtol=1e-6)
    assert np.mean(found.acceptance[-50:]) == pytest.approx(0.65, abs=0.05)
    fixed = run(standard(0), sigmoid_schedule(10), size=0.3)
    np.testing.assert_allclose(fixed.step_sizes, 0.3, rtol=1e-6)


def test_the_schedule_rises_from_0_to_1_and_is_densest_at_its_ends():
    betas = sigmoid_schedule(100)
    assert (betas[0], betas[-1], len(betas)) == (0.0, 1.0, 101)
    steps = np.diff(betas)
    assert np.all(steps > 0.0)
    assert steps[0] < 0.2 * steps[50]
    np.testing.assert_allclose(steps, steps[::-1], rtol=1e-6)
