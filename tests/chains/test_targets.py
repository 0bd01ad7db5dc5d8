"""Proves that the ε-space targets are exactly the z-space ones seen through z = T(ε), and what released code misses.

By the change of variables the density of ε is that of T(ε) times |det ∂T/∂ε|; the determinant is computed here from
the Jacobian matrix itself.
"""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.chains.targets import posterior_in_noise, posterior_in_z, prior_in_noise, prior_in_z
from tests.small_models import dense_model, random_latents

DIMS = (2, 3, 1)
BATCH = 6


@pytest.fixture(scope="module")
def model():
    """Three layers whose conditional standard deviations differ by more than a hundred."""
    joint = dense_model(DIMS, seed=3, scale=0.8)
    for conditional, bias in zip(
        joint.backbone.prior.conditional_networks, ([-4.0, 1.0], [0.5, -3.0, -1.0]), strict=True
    ):
        last = conditional.layers[-1].bias
        last.assign(tf.concat([last[: len(bias)], bias], 0))
    return joint


@pytest.fixture(scope="module")
def noise():
    return random_latents(DIMS, BATCH, seed=4)


@pytest.fixture(scope="module")
def x():
    return tf.constant(np.random.default_rng(5).standard_normal((BATCH, 1, 3, 1)), tf.float32)


def log_determinant(model, noise):
    """log |det ∂T/∂ε|, `[batch]`, from the full Jacobian matrix."""
    flat = tf.concat(noise, axis=1)
    with tf.GradientTape() as tape:
        tape.watch(flat)
        z = tf.concat(model.transform(tuple(tf.split(flat, DIMS, axis=1))), axis=1)
    return np.linalg.slogdet(np.float64(tape.batch_jacobian(z, flat)))[1]


def log_scales(model, noise):
    z = model.transform(noise)
    return sum(np.log(model.backbone.prior.conditional(i, z[i + 1])[1]).sum(axis=1) for i in range(2))


def test_scales_are_very_unequal(model, noise):
    z = model.transform(noise)
    scales = np.concatenate([model.backbone.prior.conditional(i, z[i + 1])[1] for i in range(2)], axis=1)
    assert scales.max() / scales.min() > 100.0
    assert np.ptp(log_scales(model, noise)) > 0.5


def test_prior_target_in_eps_is_the_change_of_variables(model, noise):
    expected = prior_in_z(model)(model.transform(noise)) + log_determinant(model, noise)
    np.testing.assert_allclose(prior_in_noise(model)(noise), expected, atol=1e-4)


def test_posterior_target_in_eps_is_the_change_of_variables(model, noise, x):
    expected = posterior_in_z(model, x)(model.transform(noise)) + log_determinant(model, noise)
    np.testing.assert_allclose(posterior_in_noise(model, x)(noise), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("climb", [0.0, 0.3])
def test_climb_weighs_f_in_the_posterior_alone(model, noise, x, climb):
    z = model.transform(noise)
    without_f = (1.0 - climb) * model.f(z)
    for target, position in ((posterior_in_z, z), (posterior_in_noise, noise)):
        expected = target(model, x)(position) - without_f
        np.testing.assert_allclose(target(model, x, climb)(position), expected, rtol=1e-5, atol=1e-4)


def test_targets_in_z_are_eq_13_and_14(model, x):
    z = random_latents(DIMS, BATCH, seed=6)
    log_prior = model.f(z) + model.log_gaussian_prior(z)
    np.testing.assert_allclose(prior_in_z(model)(z), log_prior, rtol=1e-6)
    np.testing.assert_allclose(posterior_in_z(model, x)(z), model.log_likelihood(x, z) + log_prior, rtol=1e-6)


def test_the_released_formula_is_off_by_the_log_scales(model, noise):
    """log p_β>0(T(ε)) + f(T(ε)) lacks the Jacobian: it differs by −Σ log σ, which varies with ε."""
    z = model.transform(noise)
    released = model.log_gaussian_prior(z) + model.f(z)
    excess = (released - prior_in_noise(model)(noise)).numpy()
    np.testing.assert_allclose(excess, -log_scales(model, noise), atol=1e-4)
    assert np.ptp(excess) > 0.5
