"""Proves that what a context computes of samples and images does not depend on how many it takes at once."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.evaluation.scores import image_scores
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.shallow_model import shallow_model
from tests.evaluation.contexts import context_of, random_images
from tests.small_models import conv_model


@pytest.fixture(scope="module")
def whole():
    return context_of(conv_model(scale=0.5), random_images(270))


def test_estimates_of_a_conditional_tilt_s_constants_do_not_depend_on_the_part():
    """Their proposals are shared by all images of a block, and are nobody's rows of it."""
    base = conv_model(scale=0.5)
    network = BottomUpInference([(5, 4, 2, "same")], hidden=(6,))
    model = shallow_model(
        base.backbone.generator, base.backbone.prior, base.energies, inference=network, tilting=ConditionalTilting()
    )
    images = random_images(12).images
    expected = image_scores(context_of(model, images), images, 1)
    found = image_scores(context_of(model, images, batch_size=4), images, 1)
    for name in ("-log Z_1", "L>0"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("batch_size", [100, 3])
def test_scores_of_images(whole, batch_size):
    images = whole.images("test").images[: 270 if batch_size == 100 else 10]
    expected = image_scores(whole, images, 2, above=(1,))
    found = image_scores(dataclasses.replace(whole, batch_size=batch_size), images, 2, above=(1,))
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert len(np.unique(values)) > len(images) // 2, name
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-3)


def test_samples(whole):
    found = dataclasses.replace(whole, batch_size=100, _drawn={}).samples(270)
    expected = whole.samples(270)
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert (expected[0] != expected[64]).any()


def test_a_step_is_traced_once_for_all_parts_and_all_passes(whole):
    traced = []

    def compute(x, seed):
        traced.append(x.shape)
        return {"mean": tf.reduce_mean(x, axis=(1, 2, 3)), "seed": tf.fill([tf.shape(x)[0]], seed.key[0])}

    context, images = dataclasses.replace(whole, batch_size=64), whole.images("test").images
    step = context.for_images(compute)
    found = [context.over_images(step, images, purpose) for purpose in (1, 2)]
    assert len(traced) == 1
    np.testing.assert_allclose(found[0]["mean"], (images / 127.5 - 1.0).mean(axis=(1, 2, 3)), atol=1e-6)
    assert not set(found[0]["seed"]) & set(found[1]["seed"])
