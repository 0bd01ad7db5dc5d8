"""Proves that the shallow backbone is its parts, and that what every backbone derives from them is right."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.ladder import LadderInference
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.inference import BottomUpInference
from tests.rebuilding import rebuilt
from tests.small_models import conv_model, dense_model, random_latents

STAGES = [(5, 4, 2, "same")]


def test_density_and_transform_go_together():
    """log p(T(ε)) + log |det ∂T/∂ε| = log N(ε): |det| is the product of the σ's."""
    backbone, noise = dense_model((3, 2, 4)).backbone, random_latents((3, 2, 4), 8, seed=3)
    z = backbone.transform(noise)
    log_det = sum(np.log(scale).sum(axis=1) for _, scale in backbone.conditionals(z))
    log_normal = sum(norm.logpdf(e).sum(axis=1) for e in noise)
    np.testing.assert_allclose(tf.add_n(backbone.log_prior_terms(z)) + log_det, log_normal, rtol=1e-5)
    for found, expected in zip(backbone.noise_of(z), noise, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("inference", "top_down", "analytic"),
    [
        (lambda: None, False, (False, True)),
        (lambda: BottomUpInference(STAGES), False, (False, True)),
        (lambda: LadderInference(STAGES), True, (True, True)),
    ],
)
def test_knows_what_its_inference_network_can_do(inference, top_down, analytic):
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=inference())
    assert (backbone.top_down, backbone.has_analytic_kl) == (top_down, analytic)
    assert backbone.latent_shapes == ((4,), (3,))
    backbone.require_reparameterisation("a test")
    if backbone.inference is None:
        with pytest.raises(ValueError, match=r"a test needs ShallowBackbone.inference"):
            backbone.require_inference("a test")
    else:
        backbone.require_inference("a test")


def test_what_is_no_inference_network_is_refused():
    base = conv_model((4,)).backbone
    with pytest.raises(ValueError, match=r"ShallowBackbone.inference = @Encoder\(\): not an inference network"):
        ShallowBackbone(base.generator, base.prior, inference=Encoder(STAGES))


def test_a_forward_pass_is_up_and_down():
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=BottomUpInference(STAGES))
    x, noise = tf.random.stateless_uniform((2, 8, 8, 1), (0, 1), -1.0, 1.0), random_latents((4, 3), 2, seed=5)
    inferred, conditionals, output = backbone.forward_pass(x, noise)
    expected = backbone.infer(x, noise)
    np.testing.assert_array_equal(inferred.z[1], expected.z[1])
    np.testing.assert_array_equal(output, backbone.decoder_output(expected.z))
    np.testing.assert_array_equal(conditionals[0][0], backbone.prior.conditional(0, expected.z[1])[0])


def test_rebuilds_from_its_config():
    base = conv_model((4, 3)).backbone
    backbone = ShallowBackbone(base.generator, base.prior, inference=BottomUpInference(STAGES, hidden=(7,)))
    again = rebuilt(backbone)
    again.set_weights(backbone.get_weights())
    x, noise = tf.ones((2, 8, 8, 1)), random_latents((4, 3), 2, seed=5)
    np.testing.assert_array_equal(again.infer(x, noise).z[0], backbone.infer(x, noise).z[0])
    np.testing.assert_array_equal(again(noise), backbone(noise))
