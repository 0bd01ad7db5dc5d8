"""Proves the bound's terms: closed ones against samples, and balancing by hand."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.backbone import ForwardPass
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.inference import BottomUpInference, Inferred
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.elbo import balance, divergences, elbo_terms
from jebm_tf.objectives.variational import variational_terms
from tests.models.backbones.nvae.test_backbone import images, nvae
from tests.monte_carlo import assert_mean
from tests.small_models import conv_model, random_latents, randomize


def test_closed_terms_are_the_means_of_sampled_ones_and_not_negative():
    model, number = nvae(), 4000
    noise, x = random_latents(model.dims, number, seed=4), tf.repeat(images(1), number, axis=0)
    inferred, laws, _ = tf.function(model.forward_pass)(x, noise)
    closed, sampled = (divergences(inferred, laws, [c] * 3) for c in (True, False))
    for one, other in zip(closed, sampled, strict=True):
        assert np.min(one) >= 0.0
        assert_mean(one - other, 0.0)
    assert np.std(closed[2]) < 1e-3  # the top group's q does not depend on the sample
    assert np.std(sampled[2]) > 0.1


def test_a_flow_s_terms_are_by_the_sample():
    ones = tf.ones([1, 2])
    inferred = Inferred((2.0 * ones,), (0.0 * ones,), (ones,), log_q=(tf.constant([-1.5]),))
    (kl,) = divergences(inferred, ((0.0 * ones, ones),), [False])
    np.testing.assert_allclose(kl, [-1.5 + 4.0 + np.log(2.0 * np.pi)], rtol=1e-6)


def test_equals_the_variational_objective_s_bound_on_a_shallow_backbone():
    base = conv_model((4, 3)).backbone
    network = BottomUpInference([(5, 4, 2, "same")])
    backbone = ShallowBackbone(base.generator, base.prior, inference=network)
    randomize(network, 5, 0.3)
    x = tf.random.stateless_uniform((6, 8, 8, 1), (0, 1), -1.0, 1.0)
    forward = backbone.forward_pass(x, random_latents((4, 3), 6, seed=5))
    found = elbo_terms(backbone, x, forward)
    expected = variational_terms(JointModel(backbone, []), x, forward.inferred, None)
    np.testing.assert_allclose(found.elbo, expected.elbo, rtol=1e-5)
    for one, other in zip(found.kl, expected.kl, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.squared_error, expected.learning.squared_error, rtol=1e-6)


def test_balancing_by_hand():
    """Two layers of 4 x 4 and one of 2 x 2 places: 8, 8 and 4 places each, so 2, 2 and 1."""
    weights = balance(tf.constant([2.99, 0.99, 0.49]), [(4, 4, 2), (4, 4, 2), (2, 2, 2)])
    raw = np.array([3.0 / 2.0, 1.0 / 2.0, 0.5 / 1.0])
    np.testing.assert_allclose(weights, raw / raw.mean(), rtol=1e-6)


def test_balancing_of_vectors_looks_at_the_divergences_alone():
    np.testing.assert_allclose(balance(tf.constant([0.99, 2.99]), [(5,), (3,)]), [0.5, 1.5], rtol=1e-6)


def test_balancing_passes_no_gradient():
    means = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(means)
        weights = balance(means, [(1,), (1,)])
    assert tape.gradient(weights, means) is None


@pytest.mark.parametrize("batch", [1, 3])
def test_terms_are_per_example(batch):
    model = nvae()
    forward = model.forward_pass(images(batch), random_latents(model.dims, batch, seed=1))
    assert isinstance(forward, ForwardPass)
    terms = elbo_terms(model, images(batch), forward)
    assert terms.elbo.shape == terms.squared_error.shape == (batch,)
