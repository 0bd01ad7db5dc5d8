"""Proves that the shallow backbone is its parts, and that what every backbone derives from them is right."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.encoder import Encoder
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.ladder import LadderInference
from jebm_tf.models.mixture_prior import MixturePrior
from tests.small_models import conv_model, dense_model, random_latents

STAGES = [(5, 4, 2, "same")]


def test_density_and_transform_go_together():
    """log p(T(ε)) + log |det ∂T/∂ε| = log N(ε): |det| is the product of the σ's."""
    backbone, noise = dense_model((3, 2, 4)).backbone, random_latents((3, 2, 4), 8, seed=3)
    z = backbone.transform(noise)
    log_det = sum(np.log(scale).sum(axis=1) for _, scale in backbone.laws(z))
    log_normal = sum(norm.logpdf(e).sum(axis=1) for e in noise)
    np.testing.assert_allclose(tf.add_n(backbone.log_prior_terms(z)) + log_det, log_normal, rtol=1e-5)
    for found, expected in zip(backbone.noise_of(z), noise, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_layers_can_be_conditioned_on_others_than_their_own():
    backbone = dense_model((3, 2)).backbone
    z, above = random_latents((3, 2), 5, seed=1), random_latents((3, 2), 5, seed=2)
    mean, scale = backbone.prior.conditional(0, above[1])
    found = backbone.log_prior_terms(z, above)
    np.testing.assert_allclose(found[0], norm.logpdf(z[0], mean, scale).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found[1], norm.logpdf(z[1]).sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize(
    ("inference", "can_infer", "top_down", "closed"),
    [
        (lambda: None, False, False, (False, True)),
        (lambda: BottomUpInference(STAGES), True, False, (False, True)),
        (lambda: LadderInference(STAGES), True, True, (True, True)),
    ],
)
def test_knows_what_its_inference_network_can_do(inference, can_infer, top_down, closed):
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=inference())
    assert (backbone.can_infer, backbone.top_down, backbone.closed) == (can_infer, top_down, closed)
    assert backbone.is_gaussian
    assert backbone.latent_shapes == ((4,), (3,))


def test_a_mixture_is_no_hierarchy_and_a_code_no_density():
    generator = conv_model((4, 3)).backbone.generator
    backbone = ShallowBackbone(generator, MixturePrior(4, 3), inference=Encoder(STAGES))
    assert not backbone.is_gaussian
    assert not backbone.can_infer
    z = (tf.constant([[0.5, -1.0, 2.0, 0.0]]),)
    np.testing.assert_allclose(backbone.log_prior_terms(z)[0], norm.logpdf(z[0]).sum(axis=1), rtol=1e-5)
    assert backbone.noise_dims == (5,)


def test_traverse_is_up_and_down():
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=BottomUpInference(STAGES))
    x, noise = tf.random.stateless_uniform((2, 8, 8, 1), (0, 1), -1.0, 1.0), random_latents((4, 3), 2, seed=5)
    inferred, laws, output = backbone.traverse(x, noise)
    expected = backbone.infer(x, noise)
    np.testing.assert_array_equal(inferred.z[1], expected.z[1])
    np.testing.assert_array_equal(output, backbone.output(expected.z))
    np.testing.assert_array_equal(laws[0][0], backbone.prior.conditional(0, expected.z[1])[0])


def test_rebuilds_from_its_config():
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=BottomUpInference(STAGES, hidden=(7,)))
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(keras.saving.serialize_keras_object(backbone))))
    again.set_weights(backbone.get_weights())
    x, noise = tf.ones((2, 8, 8, 1)), random_latents((4, 3), 2, seed=5)
    np.testing.assert_array_equal(again.infer(x, noise).z[0], backbone.infer(x, noise).z[0])
    np.testing.assert_array_equal(again(noise), backbone(noise))
