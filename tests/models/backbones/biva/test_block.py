"""Proves the gated block against the same steps in numpy."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.biva.block import GatedBlock, fitted
from tests.models.backbones.nvae.test_cells import conv, grown, images, shaken


def elu(x):
    return np.where(x > 0.0, x, np.expm1(x))


def averaged(x):
    return x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).mean(axis=(2, 4))


def expected(block, x, joined=()):
    y = conv(block.first, elu(x) if block.activated else x)
    for join, other in zip(block.joins, joined, strict=True):
        fit = {1.0: np.asarray, 0.5: grown, 2.0: averaged}[other.shape[1] / y.shape[1]]
        y = y + fit(conv(join, elu(other)))
    y = elu(y)
    gates = conv(block.second, grown(y) if block.scaling == "up" else y)
    a, b = np.split(gates, 2, axis=-1)
    gated = a / (1.0 + np.exp(-b))
    if not block.residual:
        return gated
    skip = averaged(x) if block.scaling == "down" else x
    return gated + np.pad(skip, [(0, 0), (0, 0), (0, 0), (0, block.filters - x.shape[-1])])


@pytest.mark.parametrize(
    ("scaling", "channels", "residual", "added"),
    [
        ("same", 5, True, True),
        ("same", 3, True, True),
        ("same", 7, True, False),
        ("same", 5, False, False),
        ("down", 4, True, True),
        ("up", 5, True, False),
    ],
)
def test_block(scaling, channels, residual, added):
    block = shaken(GatedBlock(channels, 5, 3, scaling, joined=(2, 4, 3), residual=residual))
    assert block.residual is added
    x, joined = images(channels), (images(2, seed=2), images(4, size=2, seed=3), images(3, size=8, seed=4))
    found = block(tf.constant(x, tf.float32), [tf.constant(other, tf.float32) for other in joined])
    size = {"same": 4, "down": 2, "up": 8}[scaling]
    assert found.shape == (2, size, size, 5)
    np.testing.assert_allclose(found, expected(block, x, joined), rtol=1e-3, atol=1e-4)


def test_fitted():
    x = np.float32(images(2))
    np.testing.assert_array_equal(fitted(x, np.zeros((1, 8, 8, 1))), grown(x))
    np.testing.assert_allclose(fitted(x, np.zeros((1, 2, 2, 1))), averaged(x), rtol=1e-5)
    assert fitted(x, np.zeros((1, 4, 4, 7))) is x
