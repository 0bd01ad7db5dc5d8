"""Proves the inference network: it samples the Gaussians that it states, and survives a round trip."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from jebm_tf.models.inference import BottomUpInference, Inferred
from jebm_tf.models.shallow_model import shallow_model
from tests.rebuilding import rebuilt
from tests.small_models import conv_model, images, random_latents, randomize

STAGES = [(5, 3, 2, "same"), (4, 3, 1, "valid")]


def built(dims=(4, 3, 2), **arguments):
    network = BottomUpInference(STAGES, hidden=(6, 5), **arguments)
    network.build_for((8, 8, 1), dims)
    return randomize(network, 0)


def test_each_layer_is_sampled_from_the_gaussian_that_is_stated_given_the_layer_below():
    network, noise = built(), random_latents((4, 3, 2), 7, seed=2)
    inferred = network.infer(images(7), noise)
    for z, mean, scale, e in zip(*inferred[:3], noise, strict=True):
        np.testing.assert_allclose(z, mean + scale * e, rtol=1e-6)
    other = (noise[0], noise[1] + 1.0, noise[2])
    moved = network.infer(images(7), other)
    np.testing.assert_array_equal(inferred.mean[1], moved.mean[1])
    assert np.abs(inferred.mean[2] - moved.mean[2]).min() > 0.0  # q(z_3 | z_2) sees z_2's sample
    assert np.abs(inferred.mean[0][0] - inferred.mean[0][1]).min() > 0.0  # q(z_1 | x) sees x


def test_log_prob_terms_against_scipy():
    rng = np.random.default_rng(3)
    z, mean, scale = rng.normal(size=(3, 5, 2))
    scale = np.abs(scale) + 0.1
    wrap = lambda a: (tf.constant(a, tf.float32),)  # noqa: E731
    (found,) = Inferred(wrap(z), wrap(mean), wrap(scale)).log_prob_terms
    np.testing.assert_allclose(found, stats.norm(mean, scale).logpdf(z).sum(axis=1), rtol=1e-5)


def test_scales_keep_to_their_bounds():
    network = built(min_scale=0.05, max_scale=2.0)
    for variable in network.trainable_variables:
        variable.assign(variable * 100.0)
    for scale in network.infer(images(50), random_latents((4, 3, 2), 50, seed=4)).scale:
        assert 0.05 <= float(tf.reduce_min(scale)) < 0.06
        assert 2.0 < float(tf.reduce_max(scale)) <= 2.05 + 1e-6


def test_examples_do_not_interact():
    network, noise = built(), random_latents((4, 3, 2), 5, seed=6)
    first_two = network.infer(images(5)[:2], tuple(e[:2] for e in noise))
    for layer, part in zip(network.infer(images(5), noise).z, first_two.z, strict=True):
        np.testing.assert_allclose(layer[:2], part, rtol=1e-4, atol=1e-5)


def test_round_trip_as_part_of_a_joint_model():
    base = conv_model()
    inference = BottomUpInference(STAGES, hidden=(6,), activation="tanh", min_scale=0.02, max_scale=None)
    model = shallow_model(base.backbone.generator, base.backbone.prior, base.energies, inference=inference)
    assert set(model.parts) == {"generator", "prior", "f_1", "f_2", "inference"}
    copy = rebuilt(model)
    assert copy.backbone.inference.get_config() == {**inference.get_config(), "name": copy.backbone.inference.name}
    copy.set_weights(model.get_weights())
    noise = random_latents((4, 3), 3, seed=5)
    ours, theirs = model.backbone.inference.infer(images(3), noise), copy.backbone.inference.infer(images(3), noise)
    for one, two in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_stage_of_the_wrong_length_is_named():
    with pytest.raises(ValueError, match=r"BottomUpInference.stages\[1\] = \(4, 3\): needs \(filters"):
        BottomUpInference([(5, 3, 2, "same"), (4, 3)])


def test_a_network_keeps_its_weights_in_another_model_and_refuses_other_shapes():
    network = built()
    before = network.get_weights()
    network.build_for((8, 8, 1), (4, 3, 2))
    assert len(network.get_weights()) == len(before)
    assert all(map(np.array_equal, network.get_weights(), before))
    with pytest.raises(ValueError, match=r"BottomUpInference was made for images \(8, 8, 1\) and layers \(4, 3, 2\)"):
        network.build_for((8, 8, 1), (4, 3))
