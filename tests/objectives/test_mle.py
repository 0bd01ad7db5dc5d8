"""Proves that the surrogate's gradient is that of log p(x), parameter by parameter.

The exact gradient comes from automatic differentiation through sums over a grid of z,
log p(x) = log Σ p(x | z) exp f(z) p_β>0(z) − log Σ exp f(z) p_β>0(z). Samples are drawn from the very same grid, so
that the two agree in expectation with no error of discretisation.
"""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.objectives.mle import mle_terms
from tests.small_models import conv_model, dense_model, grid, random_latents

X = np.float32([0.7, -1.1, 0.4]).reshape(1, 1, 3, 1)
BATCHES, BATCH = 40, 4000


def small_case(layers, layerwise):
    """A model of scalar layers and its grid."""
    axis = np.linspace(-6.0, 6.0, 2001 if layers == 1 else 201)
    return dense_model((1,) * layers, seed=layers, scale=0.7, layerwise=layerwise), grid(*[axis] * layers)


def log_joint_and_prior(model, points):
    log_prior = model.log_prior(points)
    x = tf.tile(X, [len(points[0]), 1, 1, 1])
    return model.log_likelihood(x, points) + log_prior, log_prior


def flat_gradients(tape, value, model):
    """The gradient of each part in one vector."""
    parts = {name: part.trainable_variables for name, part in model.parts.items()}
    gradients = tape.gradient(value, parts, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return {name: np.concatenate([np.zeros(0), *map(np.ravel, part)]) for name, part in gradients.items()}


def exact_gradient(model, points):
    with tf.GradientTape(persistent=True) as tape:
        log_joint, log_prior = log_joint_and_prior(model, points)
        log_marginal = tf.reduce_logsumexp(log_joint) - tf.reduce_logsumexp(log_prior)
    return flat_gradients(tape, log_marginal, model)


def draw(points, log_weights, rng):
    weights = np.exp(np.float64(log_weights) - np.max(log_weights))
    rows = rng.choice(len(weights), size=BATCH, p=weights / weights.sum())
    return tuple(tf.gather(axis, rows) for axis in points)


def surrogate_gradients(model, points):
    """One gradient of the mean surrogate for each of `BATCHES` batches of exact samples."""
    rng, x = np.random.default_rng(0), tf.tile(X, [BATCH, 1, 1, 1])
    log_joint, log_prior = log_joint_and_prior(model, points)
    found = []
    for _ in range(BATCHES):
        z_posterior, z_prior = draw(points, log_joint, rng), draw(points, log_prior, rng)
        with tf.GradientTape(persistent=True) as tape:
            value = tf.reduce_mean(mle_terms(model, x, z_posterior, z_prior).surrogate)
        found.append(flat_gradients(tape, value, model))
    return {name: np.stack([gradient[name] for gradient in found]) for name in found[0]}


@pytest.mark.parametrize(
    ("layers", "heads"), [(1, {"f_1"}), (2, {"f_1", "f_2"}), (2, {"f_all"})], ids=["one", "two", "one-head-on-two"]
)
def test_gradient_of_the_surrogate_is_that_of_the_log_likelihood(layers, heads):
    model, points = small_case(layers, layerwise=heads != {"f_all"})
    exact, batches = exact_gradient(model, points), surrogate_gradients(model, points)
    expected_parts = {"generator"} | heads | ({"prior"} if layers > 1 else set())
    assert {name for name, gradient in exact.items() if gradient.size} == expected_parts
    for name in expected_parts:
        error = batches[name].std(axis=0, ddof=1) / np.sqrt(BATCHES)
        # Five standard errors, themselves estimated from 40 batches, and 1e-5 for single precision.
        np.testing.assert_array_less(np.abs(batches[name].mean(axis=0) - exact[name]), 5.0 * error + 1e-5, name)
        # A wrong sign or factor would show: some entry is far more than its error from 0.
        assert np.max(np.abs(exact[name]) / (error + 1e-5)) > 20.0, name


def test_constants_of_f_have_no_gradient():
    """Adding a constant to f changes nothing: the gradient of the last bias is exactly 0, for any samples."""
    model, z = dense_model((1, 1), seed=2), [random_latents((1, 1), 6, seed=s) for s in (0, 1)]
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(mle_terms(model, tf.tile(X, [6, 1, 1, 1]), *z).surrogate)
    biases = [head.trainable_variables[-1] for head in model.energies]
    np.testing.assert_allclose(tape.gradient(value, biases), np.zeros((2, 1)), atol=1e-6)


def test_terms_are_the_models_densities_of_the_right_samples():
    model = conv_model()
    z_posterior, z_prior = random_latents((4, 3), 5, seed=3), random_latents((4, 3), 5, seed=4)
    x = tf.constant(np.random.default_rng(5).uniform(-1, 1, (5, 8, 8, 1)), tf.float32)
    terms = mle_terms(model, x, z_posterior, z_prior)
    np.testing.assert_allclose(terms.log_likelihood, model.log_likelihood(x, z_posterior), rtol=1e-6)
    residual = (x - model.decode(z_posterior)).numpy()
    np.testing.assert_allclose(terms.squared_error, (residual**2).mean(axis=(1, 2, 3)), rtol=1e-5)
    for found, z in ((terms.f_posterior, z_posterior), (terms.f_prior, z_prior)):
        np.testing.assert_allclose(found, model.f_terms(z), rtol=1e-6)
    for found, z in ((terms.log_prior_posterior, z_posterior), (terms.log_prior_prior, z_prior)):
        np.testing.assert_allclose(found, model.backbone.log_prior_terms(z), rtol=1e-6)
    expected = model.log_likelihood(x, z_posterior) + model.log_prior(z_posterior) - model.log_prior(z_prior)
    np.testing.assert_allclose(terms.surrogate, expected, rtol=1e-5)


def test_equal_samples_leave_the_likelihood_alone():
    model, z = conv_model(), random_latents((4, 3), 5, seed=3)
    terms = mle_terms(model, tf.zeros([5, 8, 8, 1]), z, z)
    np.testing.assert_allclose(terms.surrogate, terms.log_likelihood, rtol=1e-5)
