"""Proves L^{>k} and its terms against closed forms in a linear-Gaussian model."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PosteriorSampler
from jebm_tf.data.images import to_model
from jebm_tf.evaluation.scores import image_scores
from tests.chains import linear_gaussian as linear
from tests.evaluation.contexts import Still, context_of
from tests.monte_carlo import assert_mean
from tests.small_models import dense_model

NUMBER = 20000


class GivenPosterior(PosteriorSampler):
    """Draws from a Gaussian, `(mean, covariance)` of (z_1, z_2), whatever the image."""

    def __init__(self, law):
        self.mean, self.factor = law[0], np.linalg.cholesky(law[1])

    def sample(self, model, x, seed):
        del model
        noise = tf.random.stateless_normal([tf.shape(x)[0], 3], seed.key)
        z = noise @ tf.constant(self.factor.T, tf.float32) + tf.constant(self.mean, tf.float32)
        return z[:, :2], z[:, 2:]


def linear_context(law, chain):
    """Many copies of one image of three pixels, in the linear model, with a given law of z."""
    model = linear.model()
    pixels = np.tile(np.array([230, 40, 170], np.uint8).reshape(1, 1, 3, 1), (NUMBER, 1, 1, 1))
    return replace(context_of(model, images=pixels, prior_chain=chain), posterior_sampler=GivenPosterior(law)), pixels


def expected_l(law):
    """E[log p(x|z) + log p_β>0(z) + Σ f] for Gaussian z."""
    mean, covariance = law
    x = to_model(tf.constant([230, 40, 170], tf.uint8)).numpy().astype(np.float64)
    decoder = np.hstack([linear.W, np.zeros((3, 1))])
    residual = x - linear.C - decoder @ mean
    square = residual @ residual + np.trace(decoder @ covariance @ decoder.T)
    log_likelihood = -0.5 * square / linear.SIGMA**2 - 1.5 * np.log(2.0 * np.pi * linear.SIGMA**2)
    prior_mean, prior_covariance = linear.backbone()
    inverse = np.linalg.inv(prior_covariance)
    centred = mean - prior_mean
    square = centred @ inverse @ centred + np.trace(inverse @ covariance)
    log_prior = -0.5 * square - 0.5 * np.linalg.slogdet(2.0 * np.pi * prior_covariance)[1]
    f = linear.TILT @ mean + 5.0 - 2.0
    return {"L>0": log_likelihood + log_prior + f, "Gaussian L>0": log_likelihood + log_prior}


LAW = (np.array([0.5, -0.8, 0.3]), np.array([[0.5, 0.2, 0.1], [0.2, 0.8, -0.1], [0.1, -0.1, 0.3]]))


def with_lower_layer_from_the_prior(tilted):
    """The law of (z_1, z_2): z_2 as in `LAW`, z_1 from p(z_1 | z_2), tilted by f_1 or not; f_1 moves its mean only."""
    mean_2, variance_2 = LAW[0][2], LAW[1][2, 2]
    shift = linear.S**2 * linear.TILT[:2] if tilted else np.zeros(2)
    slope = linear.A[:, 0]
    mean = np.append(slope * mean_2 + linear.B + shift, mean_2)
    covariance = np.zeros((3, 3))
    covariance[:2, :2] = np.diag(linear.S**2) + variance_2 * np.outer(slope, slope)
    covariance[:2, 2] = covariance[2, :2] = variance_2 * slope
    covariance[2, 2] = variance_2
    return mean, covariance


def test_l_is_its_analytic_value_in_a_linear_gaussian_model():
    context, pixels = linear_context(LAW, PriorChain(num_steps=200, step_size=0.4, adjusted=True))
    found = image_scores(context, pixels, 1, above=(1,))
    for name, expected in expected_l(LAW).items():
        assert_mean(found[name], expected)
    assert_mean(found["L>1"], expected_l(with_lower_layer_from_the_prior(True))["L>0"], allowance=5e-3)
    assert_mean(found["Gaussian L>1"], expected_l(with_lower_layer_from_the_prior(False))["Gaussian L>0"])
    np.testing.assert_allclose(found["-LLR>1"], found["L>1"] - found["L>0"], rtol=1e-6)


def test_terms_add_up_and_several_samples_are_averaged():
    model = dense_model((3, 2, 4))
    context = context_of(model)
    images = context.images("test").images
    once = image_scores(context, images, 1)
    total = sum(v for k, v in once.items() if k.startswith(("log p(", "f_")))
    np.testing.assert_allclose(once["L>0"], total, rtol=1e-4)
    np.testing.assert_allclose(once["f"], once["f_1"] + once["f_2"] + once["f_3"], rtol=1e-6)
    assert {"log p(z_3)", "f_3", "-squared error", "Gaussian L>0"} <= once.keys()
    assert "L>1" not in once
    many = image_scores(context, images, 4)
    assert np.any(many["L>0"] != once["L>0"])
    np.testing.assert_allclose(many["f_1"].mean(), once["f_1"].mean(), atol=0.5)
    still = replace(context, posterior_sampler=Still())
    for name, value in image_scores(still, images, 1).items():
        np.testing.assert_allclose(image_scores(still, images, 4)[name], value, rtol=1e-6)


def test_a_score_does_not_depend_on_what_stands_after_it():
    context = context_of(dense_model((3, 2)))
    images = context.images("test").images
    alone, among = (image_scores(context, some, 1)["L>0"] for some in (images[:4], images))
    np.testing.assert_allclose(alone, among[:4], rtol=1e-5)


def test_every_layer_has_its_own_l():
    context = context_of(dense_model((3, 2, 4)))
    found = image_scores(context, context.images("test").images, 1, above=(1, 2))
    assert {"L>0", "L>1", "L>2", "-LLR>1", "-LLR>2", "Gaussian L>2", "Gaussian -LLR>2"} <= found.keys()
    assert np.all(found["-LLR>1"] + found["L>0"] == found["L>1"])
