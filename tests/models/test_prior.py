"""Proves that p_β>0 is the density that Eq. 2 writes, normalised, and that T samples from exactly that density."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.prior import GaussianPrior
from tests.gradients import assert_all_learn
from tests.monte_carlo import assert_gaussian
from tests.rebuilding import rebuilt
from tests.small_models import grid, random_latents, randomize, set_dense


def built(dims, seed=0, scale=0.5, **arguments):
    prior = GaussianPrior(dims, **{"hidden": (6,), **arguments})
    prior.build()
    return randomize(prior, seed, scale)


def log_prob_terms(prior, z):
    return [normal_log_prob(z_i, *law) for z_i, law in zip(z, prior.conditionals(z), strict=True)]


def linear_prior():
    """z_1 | z_2 = N(A z_2 + b, diag(0.3, 2)²) on 2 + 1 axes."""
    prior = built((2, 1), hidden=(), min_scale=0.1, max_scale=None)
    set_dense(prior.conditional_networks[0], [[1.5, -0.5, 0.0, 0.0]], [0.3, -1.0, np.log(0.2), np.log(1.9)])
    return prior


def test_conditional_by_hand():
    prior = built((1, 2), hidden=(), min_scale=0.01, max_scale=None)
    set_dense(prior.conditional_networks[0], [[2.0, 0.5], [-1.0, 0.25]], [0.1, -0.2])
    mean, scale = prior.conditional(0, tf.constant([[3.0, 4.0]]))
    np.testing.assert_allclose(mean, [[2.1]], rtol=1e-6)
    np.testing.assert_allclose(scale, [[np.exp(1.5 + 1.0 - 0.2) + 0.01]], rtol=1e-6)


@pytest.mark.parametrize("dims", [(3,), (3, 2), (3, 2, 4)])
def test_log_density_is_the_sum_of_the_conditionals(dims):
    prior, z = built(dims), random_latents(dims, 5, seed=1)
    terms = log_prob_terms(prior, z)
    assert len(terms) == prior.num_layers == len(dims)
    for i in range(len(dims) - 1):
        mean, scale = prior.conditional(i, z[i + 1])
        np.testing.assert_allclose(terms[i], norm.logpdf(z[i], mean, scale).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(terms[-1], norm.logpdf(z[-1]).sum(axis=1), rtol=1e-5)


def test_log_density_by_hand():
    terms = log_prob_terms(linear_prior(), (tf.constant([[1.0, -2.0]]), tf.constant([[0.5]])))
    np.testing.assert_allclose(terms[0], [norm.logpdf(1.0, 1.05, 0.3) + norm.logpdf(-2.0, -1.25, 2.0)], rtol=1e-5)
    np.testing.assert_allclose(terms[1], [norm.logpdf(0.5)], rtol=1e-6)


def test_integrates_to_one():
    prior, axis = built((1, 1), scale=0.4), np.linspace(-12.0, 12.0, 801)
    density = np.exp(np.float64(tf.add_n(log_prob_terms(prior, grid(axis, axis)))))
    # The trapezoidal rule is exact to rounding here; single-precision log densities leave about 1e-6.
    np.testing.assert_allclose(density.sum() * (axis[1] - axis[0]) ** 2, 1.0, atol=1e-5)


@pytest.mark.parametrize("dims", [(3,), (3, 2), (3, 2, 4)])
def test_transform_carries_the_standard_normal_to_the_prior(dims):
    prior, noise = built(dims), random_latents(dims, 5, seed=2)
    z = prior.transform(noise)
    log_scales = sum(np.log(prior.conditional(i, z[i + 1])[1]).sum(axis=1) for i in range(len(dims) - 1))
    log_normal = sum(norm.logpdf(e).sum(axis=1) for e in noise)
    np.testing.assert_allclose(tf.add_n(log_prob_terms(prior, z)), log_normal - log_scales, rtol=1e-5)


def test_transform_has_the_moments_of_a_linear_hierarchy():
    noise = random_latents((2, 1), 50000, seed=3)
    low, high = linear_prior().transform(noise)
    slope, scale = np.array([[1.5], [-0.5]]), np.diag([0.3, 2.0])
    covariance = np.block([[slope @ slope.T + scale**2, slope], [slope.T, np.eye(1)]])
    assert_gaussian(np.concatenate([low, high], axis=1), [0.3, -1.0, 0.0], covariance)


def test_transform_leaves_the_top_alone_and_is_the_call():
    prior, noise = built((2, 3)), random_latents((2, 3), 4, seed=4)
    np.testing.assert_array_equal(prior.transform(noise)[1], noise[1])
    np.testing.assert_array_equal(prior(noise)[0], prior.transform(noise)[0])


def test_bounded_scale_by_hand():
    prior = built((1, 1), hidden=(), min_scale=0.25, max_scale=4.0)
    set_dense(prior.conditional_networks[0], [[0.0, 1.0]], [0.0, 0.0])
    _, scale = prior.conditional(0, tf.constant([[-100.0], [np.log(4.0)], [1.0], [100.0]]))
    # M sigmoid(s − log M) is 1 / (e^−s + 1/M): 0, half of M at s = log M, and M.
    np.testing.assert_allclose(scale, [[0.25], [2.25], [0.25 + 1 / (np.exp(-1.0) + 0.25)], [4.25]], rtol=1e-6)


def test_scale_is_exponential_without_a_bound_and_nearly_so_far_below_one():
    for max_scale, raw in ((None, 3.0), (1e6, 3.0), (5.0, -8.0)):
        prior = built((1, 1), hidden=(), min_scale=0.0, max_scale=max_scale)
        set_dense(prior.conditional_networks[0], [[0.0, 1.0]], [0.0, 0.0])
        np.testing.assert_allclose(prior.conditional(0, tf.constant([[raw]]))[1], [[np.exp(raw)]], rtol=1e-4)


def test_every_parameter_has_a_gradient():
    prior, z = built((2, 3, 1)), random_latents((2, 3, 1), 8, seed=5)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.add_n(log_prob_terms(prior, z)))
    assert len(prior.trainable_variables) == 8
    assert_all_learn(tape, total, prior.trainable_variables)


def test_rebuilds_from_its_config():
    prior = built((2, 3, 1), hidden=(4, 5), activation="tanh", min_scale=0.2, max_scale=3.0, name="hierarchy")
    again = rebuilt(prior)
    again.build()
    assert (again.dims, again.hidden, again.name) == ((2, 3, 1), (4, 5), "hierarchy")
    assert (again.min_scale, again.max_scale, again.activation) == (0.2, 3.0, "tanh")
    again.set_weights(prior.get_weights())
    noise = random_latents((2, 3, 1), 4, seed=6)
    for a, b in zip(prior.transform(noise), again.transform(noise), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"dims": ()}, "dims"),
        ({"dims": (3, 0)}, "dims"),
        ({"min_scale": -0.1}, "min_scale"),
        ({"max_scale": 0.0}, "max_scale"),
    ],
)
def test_wrong_settings_are_named_in_one_line(arguments, named):
    with pytest.raises(ValueError, match=rf"^GaussianPrior\.{named} = [^\n]+\Z"):
        GaussianPrior(**arguments)
