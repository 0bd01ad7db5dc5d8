"""Proves the deterministic encoder: one code for each image, whatever stands beside it."""

import numpy as np

from jebm_tf.baselines.autoencoder.encoder import Encoder
from tests.small_models import images, randomize


def test_codes():
    encoder = Encoder([(5, 3, 2, "same")])
    encoder.build_for((8, 8, 1), 4)
    randomize(encoder, 0)
    codes = encoder(images(6))
    assert codes.shape == (6, 4)
    assert np.unique(np.round(codes, 5), axis=0).shape == (6, 4)
    np.testing.assert_allclose(encoder(images(6)[:2]), codes[:2], rtol=1e-4, atol=1e-5)
