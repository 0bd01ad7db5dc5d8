"""Proves that prior chains draw from the joint EBM prior, in both spaces, against closed forms and integration."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.settings import Observation
from jebm_tf.models.joint import JointModel
from tests.chains import linear_gaussian
from tests.monte_carlo import assert_gaussian, assert_mean
from tests.small_models import grid, skewed_model

SEED = seeds.root_seed(2)


def sample(chain, model, batch, seed=SEED):
    return np.concatenate(tf.function(lambda: chain.sample(model, batch, seed))(), axis=1)


def skewed_law():
    """Grid points `[n, 2]` and normalised weights of the joint prior of `skewed_model`."""
    z = grid(np.linspace(-8.0, 14.0, 1101), np.linspace(-7.0, 7.0, 701))
    log_density = np.float64(skewed_model().log_prior(z))
    weights = np.exp(log_density - log_density.max())
    return np.concatenate(z, axis=1), weights / weights.sum()


@pytest.mark.parametrize(("space", "step_size", "num_steps"), [("z", 0.12, 1500), ("eps", 0.15, 1000)])
def test_asymmetric_prior_against_numerical_integration(space, step_size, num_steps):
    points, weights = skewed_law()
    z = sample(PriorChain(num_steps=num_steps, step_size=step_size, space=space), skewed_model(), 20000)
    # The chain's own law is off by O(δ²) = 0.02: a factor δ²P/4 in a variance with a curvature P of 1 to 4 in most
    # places, 1 % of spreads near 1. The released ε-space formula would move the mean of z_2 by more than 0.1.
    for statistic in (lambda p: p[:, 0], lambda p: p[:, 1], lambda p: p[:, 0] > 2.5, lambda p: p[:, 1] < -0.5):
        assert_mean(statistic(z), weights @ statistic(points), allowance=0.01)


def test_the_released_formula_would_fail_this_test():
    points, weights = skewed_law()
    _, scale = skewed_model().backbone.prior.conditional(0, tf.constant(points[:, 1:], tf.float32))
    wrong = weights / scale.numpy()[:, 0]
    assert abs(wrong @ points[:, 1] / wrong.sum() - weights @ points[:, 1]) > 0.1


@pytest.mark.parametrize(("space", "initial"), [("z", "ancestral"), ("z", "gaussian"), ("eps", "ancestral")])
@pytest.mark.parametrize("num_steps", [0, 3])
def test_short_chains_have_their_exact_law(space, initial, num_steps):
    chain = PriorChain(num_steps=num_steps, step_size=0.3, space=space, initial=initial)
    start = linear_gaussian.backbone() if initial == "ancestral" else (np.zeros(3), np.eye(3))
    expected = linear_gaussian.after_steps(linear_gaussian.joint_prior(), start, space, num_steps, 0.3)
    assert_gaussian(sample(chain, linear_gaussian.model(), 20000), *expected)


def test_long_chains_reach_the_tilted_gaussian():
    z = sample(PriorChain(num_steps=100, step_size=0.4), linear_gaussian.model(), 20000)
    mean, covariance = linear_gaussian.joint_prior()
    # In ε-space the precision is one everywhere, so the covariance is off by the factor 1 / (1 − δ²/4) alone.
    assert_gaussian(z, mean, covariance / (1.0 - 0.04))


def test_defaults_are_those_of_the_released_models():
    chain = PriorChain()
    assert (chain.num_steps, chain.step_size, chain.space, chain.initial) == (60, 0.4, "eps", "ancestral")


def test_seeds():
    chain, model = PriorChain(num_steps=3), skewed_model()
    first, again, other = (sample(chain, model, 5, seeds.root_seed(s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_steps_do_not_repeat_the_noise_of_the_start():
    """With no gradient, start and steps add up to independent noise: variance 1 + K δ² on every axis."""
    model = linear_gaussian.model()
    chain = PriorChain(num_steps=2, step_size=0.5, space="z", initial="gaussian")
    flat = tf.function(lambda: chain.run_with_trace(model, lambda z: 0.0 * z[0][:, 0], 20000, SEED)[0])()
    assert_gaussian(np.concatenate(flat, axis=1), np.zeros(3), 1.5 * np.eye(3))


@pytest.mark.parametrize("space", ["z", "eps"])
def test_trace_reports_the_model_at_each_position(space):
    model = skewed_model()
    settings = {"step_size": 0.3, "space": space}
    z, trace = tf.function(lambda: PriorChain(num_steps=3, **settings).sample_with_trace(model, 5, SEED))()
    np.testing.assert_allclose(
        np.concatenate(z, axis=1), sample(PriorChain(num_steps=3, **settings), model, 5), atol=1e-5
    )
    for k in range(3):
        visited = tuple(tf.split(sample(PriorChain(num_steps=k, **settings), model, 5), 2, axis=1))
        f_1, f_2 = model.f_terms(visited)
        expected = Observation({"1": f_1, "2": f_2}, model.log_gaussian_prior(visited))
        for found, value in zip(tf.nest.flatten(trace.observed), tf.nest.flatten(expected), strict=True):
            np.testing.assert_allclose(found[k], value, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("space", "initial"), [("z", "gaussian"), ("eps", "ancestral")])
def test_without_energies_samples_are_exact_whatever_the_settings(space, initial):
    tilted = linear_gaussian.model()
    model = JointModel(tilted.backbone, [])
    chain = PriorChain(num_steps=30, step_size=0.8, space=space, initial=initial)
    assert_gaussian(sample(chain, model, 20000), *linear_gaussian.backbone())
    z, trace = chain.sample_with_trace(model, 5, SEED)
    np.testing.assert_array_equal(np.concatenate(z, axis=1), sample(chain, model, 5))
    assert trace.acceptance.shape == (0, 5)
