"""Proves the deterministic encoder: one code for each image, no spread, one layer only."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.encoder import Encoder
from tests.small_models import randomize


def images(batch):
    return tf.constant(np.random.default_rng(1).uniform(-1.0, 1.0, (batch, 8, 8, 1)), tf.float32)


def test_the_code_is_the_sample_and_the_mean():
    encoder = Encoder([(5, 3, 2, "same")])
    encoder.build_for((8, 8, 1), (4,))
    randomize(encoder, 0)
    inferred = encoder.infer(images(6))
    np.testing.assert_array_equal(inferred.z[0], inferred.mean[0])
    assert not np.any(inferred.scale[0])
    assert inferred.z[0].shape == (6, 4)
    assert np.unique(np.round(inferred.z[0], 5), axis=0).shape == (6, 4)
    np.testing.assert_allclose(encoder.infer(images(6)[:2]).z[0], inferred.z[0][:2], rtol=1e-4, atol=1e-5)


def test_more_layers_are_refused():
    with pytest.raises(ValueError, match=r"Encoder is for one layer of latents, but there are 2"):
        Encoder([(5, 3, 2, "same")]).build_for((8, 8, 1), (4, 3))
