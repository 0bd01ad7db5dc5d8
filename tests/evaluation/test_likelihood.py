"""Proves annealed estimates of log Z and log p(x) against numerical integration over a two-dimensional latent space."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal

from jebm_tf.errors import UserError
from jebm_tf.evaluation.likelihood import _numbers, likelihood
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.likelihood import BernoulliLikelihood
from jebm_tf.models.shallow_model import shallow_model
from jebm_tf.samplers.integral import Bracket
from tests.chains import linear_gaussian
from tests.evaluation.contexts import context_of, random_images
from tests.integrals import curved_model, integral
from tests.small_models import conditional_model


def test_log_p_of_x_against_integration():
    model = curved_model()
    pixels = np.array([[200, 90], [128, 128], [20, 250]], np.uint8).reshape(3, 1, 2, 1)
    context = context_of(model, images=pixels)
    found = likelihood(
        context, num_images=3, num_chains=500, num_temperatures=100, num_prior_chains=2000, num_prior_temperatures=50
    )
    x = tf.constant(pixels, tf.float32) / 127.5 - 1.0
    expected = [integral(model, image) - integral(model) for image in x]
    np.testing.assert_allclose(found.curves["log_likelihood"], expected, atol=0.05)
    numbers = found.numbers
    assert numbers["log_likelihood"] == pytest.approx(np.mean(expected), abs=0.05)
    assert numbers["log_likelihood_high"] == pytest.approx(np.mean(expected), abs=0.05)
    assert abs(numbers["gap_on_simulated"]) < 0.2


def bracket(low, high):
    return Bracket(*(np.array([value]) for value in (low, high, 1.0, 1.0)))


def test_the_headline_errs_on_the_low_side():
    found = _numbers(bracket(1.0, 2.0), bracket(10.0, 20.0))
    assert found["log_likelihood"] == 1.0 - 20.0
    assert found["log_likelihood_high"] == 2.0 - 10.0


def test_without_energies_there_is_no_normaliser_and_batches_agree_with_a_linear_model():
    """More images than a batch, an exact answer for each, and a bound by an inference network below it."""
    base = linear_gaussian.model()
    inference = BottomUpInference([(2, 3, 1, "same")], hidden=(3,))
    model = shallow_model(base.backbone.generator, base.backbone.prior, [], base.backbone.likelihood, inference)
    pixels = random_images(20, (1, 3, 1)).images
    found = likelihood(
        context_of(model, images=pixels), num_images=20, num_chains=100, num_temperatures=100, num_simulated=4
    )
    mean, covariance = linear_gaussian.backbone()
    decoder = np.hstack([linear_gaussian.W, np.zeros((3, 1))])
    law = multivariate_normal(
        decoder @ mean + linear_gaussian.C, decoder @ covariance @ decoder.T + linear_gaussian.SIGMA**2 * np.eye(3)
    )
    x = pixels.reshape(20, 3) / 127.5 - 1.0
    np.testing.assert_allclose(found.curves["log_likelihood"], law.logpdf(x), atol=0.2)
    assert found.numbers["log_likelihood"] == pytest.approx(law.logpdf(x).mean(), abs=0.05)
    assert (found.numbers["log_z_low"], found.numbers["log_z_high"]) == (0.0, 0.0)
    assert found.numbers["elbo"] < law.logpdf(x).mean() - 0.1


def test_a_bound_that_is_no_density_is_said_to_be_none():
    base = linear_gaussian.model()
    base.backbone.generator.output_activation = "linear"
    model = shallow_model(base.backbone.generator, base.backbone.prior, [], BernoulliLikelihood())
    found = likelihood(
        context_of(model, images=random_images(1, (1, 3, 1)).images),
        num_images=1,
        num_chains=2,
        num_temperatures=5,
        num_simulated=0,
    )
    assert "no normalised density" in found.notes[0]
    assert "gap_on_simulated" not in found.numbers


def test_what_it_cannot_integrate_is_refused():
    with pytest.raises(UserError, match=r"likelihood: with JointModel.tilting"):
        likelihood(context_of(conditional_model()))
