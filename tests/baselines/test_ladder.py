"""Proves ladder inference: products of Gaussians, drawn from the top down, with the prior as a part of q."""

import numpy as np
import tensorflow as tf
from scipy import integrate, stats

from jebm_tf.baselines.ladder import LadderInference, gaussian_product
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from tests.gradients import assert_all_learn
from tests.rebuilding import rebuilt
from tests.small_models import conv_model, images, random_latents, randomize

DIMS = (4, 3, 2)


def built(**arguments):
    network = LadderInference([(5, 3, 2, "same")], width=7, hidden=(6,), **arguments)
    network.build_for((8, 8, 1), DIMS)
    prior = GaussianPrior(DIMS, hidden=(5,))
    prior.build()
    return randomize(network, 0, 0.4), randomize(prior, 1)


def test_product_of_two_gaussians_against_integration():
    a, b = (0.5, 0.7), (-1.0, 1.9)
    density = lambda z: stats.norm.pdf(z, *a) * stats.norm.pdf(z, *b)  # noqa: E731
    moments = [integrate.quad(lambda z, k=k: z**k * density(z), -12, 12)[0] for k in range(3)]
    mean = moments[1] / moments[0]
    found = gaussian_product(*(tf.constant([[v]]) for v in (*a, *b)))
    np.testing.assert_allclose(found[0], [[mean]], rtol=1e-5)
    np.testing.assert_allclose(found[1], [[np.sqrt(moments[2] / moments[0] - mean**2)]], rtol=1e-5)


def test_each_layer_joins_its_evidence_with_the_prior_given_the_layer_above():
    network, prior = built()
    noise = random_latents(DIMS, 6, seed=2)
    inferred, evidence = network.infer(images(6), noise, prior), network.evidence(images(6))
    np.testing.assert_allclose(inferred.mean[2], evidence[2][0], rtol=1e-6)
    np.testing.assert_allclose(inferred.scale[2], evidence[2][1], rtol=1e-6)
    for i in (1, 0):
        law = gaussian_product(*evidence[i], *prior.conditional(i, inferred.z[i + 1]))
        np.testing.assert_allclose(inferred.mean[i], law[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(inferred.scale[i], law[1], rtol=1e-5)
        assert np.all(inferred.scale[i] < evidence[i][1])
    for z, mean, scale, e in zip(*inferred[:3], noise, strict=True):
        np.testing.assert_allclose(z, mean + scale * e, rtol=1e-6)


def test_layers_depend_on_the_noise_above_them_only():
    network, prior = built()
    noise = random_latents(DIMS, 6, seed=2)
    before = network.infer(images(6), noise, prior)
    after = network.infer(images(6), (noise[0], noise[1] + 1.0, noise[2]), prior)
    np.testing.assert_array_equal(before.mean[2], after.mean[2])
    np.testing.assert_array_equal(before.mean[1], after.mean[1])
    assert np.abs(before.mean[0] - after.mean[0]).min() > 0.0


def test_every_parameter_of_network_and_prior_has_a_gradient():
    network, prior = built()
    with tf.GradientTape() as tape:
        inferred = network.infer(images(6), random_latents(DIMS, 6, seed=2), prior)
        value = tf.reduce_sum(inferred.z[0])
    assert_all_learn(tape, value, network.trainable_variables + prior.trainable_variables)


def test_round_trip_as_part_of_a_joint_model():
    base = conv_model()
    arguments = {"width": 7, "hidden": (6,), "activation": "tanh", "min_scale": 0.02, "max_scale": None}
    model = shallow_model(
        base.backbone.generator, base.backbone.prior, [], inference=LadderInference([(5, 3, 2, "same")], **arguments)
    )
    copy = rebuilt(model)
    assert copy.backbone.inference.get_config() == {
        **model.backbone.inference.get_config(),
        "name": copy.backbone.inference.name,
    }
    copy.set_weights(model.get_weights())
    noise = random_latents((4, 3), 3, seed=5)
    for a, b in zip(
        tf.nest.flatten(model.infer(images(3), noise)), tf.nest.flatten(copy.infer(images(3), noise)), strict=True
    ):
        np.testing.assert_array_equal(a, b)
