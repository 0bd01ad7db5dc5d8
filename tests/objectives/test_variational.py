"""Proves the evidence lower bound and its gradients: by exact likelihoods, finite differences and special cases.

The linear-Gaussian model has two scalar layers, z_2 ~ N(0, 1), z_1 = a z_2 + b + s ε, x = W z_1 + c + σ n. x depends on
z_1 only, so that the true posterior is bottom-up: p(z_1 | x) p(z_2 | z_1), both Gaussian.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from jebm_tf.models.inference import BottomUpInference, Inferred
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from jebm_tf.objectives.elbo import divergences
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.objectives.variational import kl_terms, variational_terms
from tests.monte_carlo import assert_mean
from tests.small_models import DenseGenerator, conditional_model, conv_model, random_latents, randomize, set_dense

A, B, S = 1.3, 0.4, 0.6
W, C, SIGMA = np.array([1.0, -0.4, 0.7]), np.array([0.1, 0.5, -0.2]), 0.5
X = np.array([0.9, -1.3, 0.4])
NUMBER = 40000


def linear_model():
    prior = GaussianPrior((1, 1), hidden=(), min_scale=0.1, max_scale=None)
    model = shallow_model(DenseGenerator(1, 3), prior, [], likelihood=GaussianLikelihood(SIGMA))
    set_dense(prior.conditional_networks[0], [[A, 0.0]], [B, np.log(S - 0.1)])
    set_dense(model.backbone.generator.stack, W[None, :], C)
    return model


def exact_log_likelihood():
    covariance = (A**2 + S**2) * np.outer(W, W) + SIGMA**2 * np.eye(3)
    return stats.multivariate_normal(W * B + C, covariance).logpdf(X)


def true_posterior():
    """(mean, variance) of z_1 given x, and (slope, offset, variance) of z_2 given z_1."""
    precision = 1.0 / (A**2 + S**2) + W @ W / SIGMA**2
    mean = (B / (A**2 + S**2) + W @ (X - C) / SIGMA**2) / precision
    upper = 1.0 + A**2 / S**2
    return (mean, 1.0 / precision), (A / S**2 / upper, -A * B / S**2 / upper, 1.0 / upper)


def draw(shift=0.0, stretch=1.0):
    """A sample of the true posterior, with z_1's mean shifted and its standard deviation stretched."""
    (mean, variance), (slope, offset, upper) = true_posterior()
    noise = random_latents((1, 1), NUMBER, seed=0)
    ones = tf.ones([NUMBER, 1])
    mean_1, scale_1 = (mean + shift) * ones, stretch * np.sqrt(variance) * ones
    z_1 = mean_1 + scale_1 * noise[0]
    mean_2, scale_2 = slope * z_1 + offset, np.sqrt(upper) * ones
    return Inferred((z_1, mean_2 + scale_2 * noise[1]), (mean_1, mean_2), (scale_1, scale_2))


def images():
    return tf.tile(tf.constant(X.reshape(1, 1, 3, 1), tf.float32), [NUMBER, 1, 1, 1])


@pytest.mark.parametrize(("shift", "stretch"), [(0.0, 1.0), (0.3, 1.0), (-0.2, 0.5), (0.1, 1.8)])
def test_elbo_is_the_exact_log_likelihood_less_the_exact_divergence(shift, stretch):
    """KL(N(m + d, k² v) || N(m, v)) is what q(z_1 | x) loses; q(z_2 | z_1) is exact and loses nothing."""
    loss = 0.5 * (stretch**2 + shift**2 / true_posterior()[0][1] - 1.0) - np.log(stretch)
    elbo = variational_terms(linear_model(), images(), draw(shift, stretch), None).elbo
    assert_mean(elbo, exact_log_likelihood() - loss, allowance=1e-3)


def test_the_closed_top_layer_agrees_with_sampling_it():
    inferred = draw(0.3, 1.5)
    log_prior = linear_model().backbone.log_prior_terms(inferred.z)
    lower, top = kl_terms(inferred, log_prior)
    sampled_top = inferred.log_prob_terms[1] - log_prior[1]
    assert_mean(sampled_top - top, 0.0)
    assert np.std(top) < np.std(sampled_top)
    np.testing.assert_allclose(lower, inferred.log_prob_terms[0] - log_prior[0])


def test_one_layer_is_all_closed():
    mean, scale = tf.constant([[0.7, -1.2]]), tf.constant([[0.4, 1.5]])
    (kl,) = kl_terms(Inferred((mean,), (mean,), (scale,)), (tf.zeros([1]),))
    expected = sum(0.5 * (s**2 + m**2 - 1.0) - np.log(s) for m, s in [(0.7, 0.4), (-1.2, 1.5)])
    np.testing.assert_allclose(kl, [expected], rtol=1e-6)


def test_the_closed_layers_of_a_top_down_q_agree_with_sampling_them():
    """q(z_2) and q(z_1 | z_2), both wider than the prior's and off it, on the model's own scale."""
    backbone, noise = linear_model().backbone, random_latents((1, 1), NUMBER, seed=0)
    ones = tf.ones([NUMBER, 1])
    mean_2, scale_2 = 0.4 * ones, 1.2 * ones
    z_2 = mean_2 + scale_2 * noise[1]
    mean_1, scale_1 = 0.9 * z_2 - 0.3, 0.8 * ones
    inferred = Inferred((mean_1 + scale_1 * noise[0], z_2), (mean_1, mean_2), (scale_1, scale_2))
    closed, log_prior = (
        divergences(inferred, backbone.conditionals(inferred.z), (True, True)),
        backbone.log_prior_terms(inferred.z),
    )
    for kl, log_q, log_p in zip(closed, inferred.log_prob_terms, log_prior, strict=True):
        assert_mean(log_q - log_p - kl, 0.0)
        assert np.min(kl) >= 0.0


def conditional_samples(model, above, number):
    """`number` quantiles of exp[f_i] p(z_i | z_{i+1}) for each row of `above`, by inversion on a grid."""
    axis = np.linspace(-10.0, 16.0, 5201)
    z, wide = tf.constant(axis[:, None], tf.float32), []
    for row in range(len(above[0])):
        given = tuple(tf.fill([len(axis), 1], layer[row, 0]) for layer in above)
        layers = []
        for f, p in zip(model.f_terms((z, z)), model.tilting.log_prior_of_negatives(model, given, (z, z)), strict=True):
            cumulative = np.cumsum(np.exp(np.float64(f + p)))
            layers.append(np.interp((np.arange(number) + 0.5) / number, cumulative / cumulative[-1], axis))
        wide.append(np.stack(layers, axis=1))
    z_prior = np.float32(np.concatenate(wide))
    return z_prior[:, :1], z_prior[:, 1:]


def log_normalizers(model, z_2):
    """Σ_i log Z_i for each z_2+, by quadrature, differentiable."""
    axis = tf.linspace(-10.0, 16.0, 5201)[:, None]
    f_1, f_2 = model.f_terms((axis, axis))
    mean, scale = model.backbone.prior.conditional(0, z_2)
    lower = f_1 - 0.5 * tf.square((axis[:, 0] - mean) / scale) - tf.math.log(scale)
    upper = f_2 - 0.5 * tf.square(axis[:, 0])
    return tf.reduce_logsumexp(lower, axis=1) + tf.reduce_logsumexp(upper)


def test_conditional_tilting_has_the_gradient_of_its_normalising_constants():
    """By heads, by the prior's conditionals, and through z_2+ by whatever q drew it from."""
    model, number = conditional_model(), 4000
    z_posterior = (tf.constant([[0.3], [1.0], [-2.0]]), tf.constant([[-0.9], [0.4], [1.7]]))
    z_prior = conditional_samples(model, z_posterior, number)
    sources = [z_posterior[1], *model.backbone.prior.trainable_variables]
    sources += [v for head in model.energies for v in head.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z_posterior[1])
        repeated = tuple(tf.repeat(z, number, axis=0) for z in z_posterior)
        terms = mle_terms(model, tf.zeros([3 * number, 1, 2, 1]), repeated, z_prior)
        surrogate = tf.reduce_sum(terms.log_normalizer) / number
        exact = tf.reduce_sum(log_normalizers(model, z_posterior[1]))
    for found, expected in zip(tape.gradient(surrogate, sources), tape.gradient(exact, sources), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-2)
    assert np.abs(tape.gradient(exact, z_posterior[1])).min() > 0.05


def joint(energies=True, dims=(4, 3)):
    """A small convolutional model with an inference network."""
    model = conv_model(dims=dims)
    inference = BottomUpInference([(5, 3, 2, "same")], hidden=(6,), activation="tanh")
    made = shallow_model(
        model.backbone.generator, model.backbone.prior, model.energies if energies else [], inference=inference
    )
    randomize(inference, 1, 0.3)
    return made


def small_batch(dims=(4, 3)):
    x = tf.constant(np.random.default_rng(2).uniform(-1.0, 1.0, (6, 8, 8, 1)), tf.float32)
    return x, random_latents(dims, 6, seed=3), random_latents(dims, 6, seed=4)


def inference_objective(model, x, noise):
    terms = variational_terms(model, x, model.backbone.inference.infer(x, noise), None)
    return tf.reduce_mean(terms.elbo + terms.expected_f)


@pytest.fixture
def double():
    """Keras layers in float64, for finite differences that mean something."""
    keras.config.set_dtype_policy("float64")
    yield tf.float64
    keras.config.set_dtype_policy("float32")


def test_the_inference_network_s_gradient_against_finite_differences(double):
    """Eq. 19 on fixed noise, along random directions."""
    model = joint()
    x, *noise = (tf.cast(value, double) for value in tf.nest.flatten(small_batch()[:2]))
    variables = model.backbone.inference.trainable_variables
    with tf.GradientTape() as tape:
        value = inference_objective(model, x, tuple(noise))
    gradients = tape.gradient(value, variables)
    rng, h = np.random.default_rng(5), 1e-6
    for _ in range(3):
        direction = [rng.standard_normal(v.shape) for v in variables]
        ends = []
        for step in (h, -h):
            for v, d in zip(variables, direction, strict=True):
                v.assign_add(step * d)
            ends.append(float(inference_objective(model, x, tuple(noise))))
            for v, d in zip(variables, direction, strict=True):
                v.assign_sub(step * d)
        slope = sum(float(tf.reduce_sum(g * d)) for g, d in zip(gradients, direction, strict=True))
        assert (ends[0] - ends[1]) / (2 * h) == pytest.approx(slope, rel=1e-5)


def test_energy_pulls_the_inference_network_and_is_not_pulled_by_it():
    """The network's gradient changes with f; f's own gradient is that of f(z+) − f(z−) at constant samples."""
    model, (x, noise, z_prior) = joint(), small_batch()
    with tf.GradientTape(persistent=True) as tape:
        inferred = model.backbone.inference.infer(x, noise)
        terms = variational_terms(model, x, inferred, z_prior)
        learning = tf.reduce_mean(terms.learning.surrogate)
        pull = tf.reduce_mean(terms.expected_f)
        constant = tf.reduce_mean(model.f(tuple(map(tf.stop_gradient, inferred.z))) - model.f(z_prior))
    assert tf.linalg.global_norm(tape.gradient(pull, model.backbone.inference.trainable_variables)) > 0.01
    for head in model.energies:
        for ours, expected in zip(
            tape.gradient(learning, head.trainable_variables),
            tape.gradient(constant, head.trainable_variables),
            strict=True,
        ):
            np.testing.assert_allclose(ours, expected, atol=1e-6)


@pytest.mark.parametrize("dims", [(4,), (4, 3)])
def test_without_energies_model_and_network_climb_the_same_elbo(dims):
    """The variational auto-encoder: the model's surrogate and the network's objective differ by q's entropy alone."""
    model, (x, noise, _) = joint(energies=False, dims=dims), small_batch(dims)
    parts = {name: part.trainable_variables for name, part in model.parts.items() if name != "inference"}
    with tf.GradientTape(persistent=True) as tape:
        inferred = model.backbone.inference.infer(x, noise)
        terms = variational_terms(model, x, inferred, None)
        surrogate, elbo = tf.reduce_mean(terms.learning.surrogate), tf.reduce_mean(terms.elbo)
    assert float(tf.reduce_max(tf.abs(terms.expected_f))) == 0.0
    for ours, vae in zip(
        tf.nest.flatten(tape.gradient(surrogate, parts)), tf.nest.flatten(tape.gradient(elbo, parts)), strict=True
    ):
        np.testing.assert_allclose(ours, vae, rtol=1e-4, atol=1e-4)


def test_without_energies_maximum_likelihood_is_that_of_the_hierarchy():
    """Alternating back-propagation and short-run inference: log p(x | z+) + log p_β>0(z+), and no prior samples."""
    model, (x, _, z) = joint(energies=False), small_batch()
    terms = mle_terms(model, x, z, None)
    np.testing.assert_allclose(terms.surrogate, model.log_likelihood(x, z) + model.log_gaussian_prior(z), rtol=1e-5)
    assert terms.f_posterior == terms.f_prior == terms.log_prior_prior == ()
