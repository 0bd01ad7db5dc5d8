"""Proves annealed estimates of log Z and log p(x) against numerical integration over a two-dimensional latent space."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.likelihood import likelihood
from jebm_tf.models.joint import JointModel
from tests.evaluation.subjects import subject_of
from tests.integrals import curved_model, integral
from tests.small_models import skewed_model


def test_log_p_of_x_against_integration():
    model = curved_model()
    pixels = np.array([[200, 90], [128, 128], [20, 250]], np.uint8).reshape(3, 1, 2, 1)
    subject = subject_of(model, images=pixels)
    found = likelihood(
        subject, num_images=3, num_chains=500, num_temperatures=100, num_prior_chains=2000, num_prior_temperatures=50
    )
    x = tf.constant(pixels, tf.float32) / 127.5 - 1.0
    expected = [integral(model, image) - integral(model) for image in x]
    np.testing.assert_allclose(found.curves["log_likelihood"], expected, atol=0.05)
    numbers = found.numbers
    assert numbers["log_likelihood"] == pytest.approx(np.mean(expected), abs=0.05)
    assert numbers["log_likelihood_low"] == pytest.approx(numbers["log_likelihood_high"], abs=0.1)


def test_what_it_cannot_integrate_is_refused():
    base = skewed_model()
    model = JointModel(base.generator, base.prior, base.energies, tilting="conditional")
    with pytest.raises(UserError, match="joint tilting"):
        likelihood(subject_of(model))
