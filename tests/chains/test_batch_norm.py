"""Proves that running statistics come to fit the prior's samples, also of a frozen backbone."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.chains.batch_norm import recalibrate_batch_norm
from jebm_tf.models.joint import JointModel
from jebm_tf.models.layers import layers_within
from tests.models.backbones.nvae.test_backbone import nvae
from tests.small_models import conv_model, random_latents


@pytest.mark.parametrize("frozen", [False, True])
def test_the_way_down_then_gives_what_it_gave_with_statistics_of_the_batch(frozen):
    model = JointModel(nvae(groups=(1, 1)), [], freeze_backbone=frozen)
    backbone, noise = model.backbone, random_latents(model.dims, 400, seed=8)
    up = [v.numpy() for v in backbone.inference.variables]
    wrong = backbone(noise)
    recalibrate_batch_norm(model, batches=80, batch_size=200)
    s = backbone._ancestral(noise)[1]
    right = backbone.generator(s)
    assert backbone.trainable is not frozen
    norms = [layer for layer in backbone.spectral_layers()[1] if layer in layers_within(backbone.generator)]
    assert norms
    backbone.trainable = True
    expected = backbone.generator(backbone._ancestral(noise, training=True)[1], training=True)
    error = lambda found: float(tf.reduce_mean(tf.square(found - expected)))  # noqa: E731
    assert error(right) < 0.05 * error(wrong)
    for before, variable in zip(up, backbone.inference.variables, strict=True):
        np.testing.assert_array_equal(before, variable.numpy())


@pytest.mark.parametrize(("make", "settings"), [(nvae, {}), (lambda: conv_model().backbone, {"batches": 2})])
def test_nothing_by_default_and_nothing_without_norms(make, settings):
    model = JointModel(make(), [])
    before = [v.numpy() for v in model.variables]
    recalibrate_batch_norm(model, **settings)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())


def test_numbers_that_make_no_sense():
    with pytest.raises(ValueError, match="recalibrate_batch_norm: batches = 1, batch_size = 1"):
        recalibrate_batch_norm(conv_model(), batches=1, batch_size=1)
