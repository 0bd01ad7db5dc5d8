"""Proves the gated block against the same steps in numpy, and its dropout by its law."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.biva.block import GatedBlock, Joined, dropped, pooled
from jebm_tf.models.backbones.biva.convolution import SameConv
from tests.models.backbones.nvae.test_cells import images, shaken
from tests.monte_carlo import assert_mean


def elu(x):
    return np.where(x > 0.0, x, np.expm1(x))


def convolved(conv, x):
    """By the definition: sums over the kernel, or each pixel spread by it."""
    w, b = conv.effective_kernel().numpy().astype(np.float64), conv.bias.numpy()
    size, stride = w.shape[0], conv.stride
    before = max(size - stride, 0) // 2
    if conv.scaling == "up":
        out = np.zeros((len(x), 2 * x.shape[1] + size, 2 * x.shape[2] + size, w.shape[3]))
        for i, j in np.ndindex(*x.shape[1:3]):
            out[:, 2 * i : 2 * i + size, 2 * j : 2 * j + size] += np.einsum("nc,hwco->nhwo", x[:, i, j], w)
        return out[:, before:][:, : 2 * x.shape[1]][:, :, before:][:, :, : 2 * x.shape[2]] + b
    padded = np.pad(x, [(0, 0), (before, size), (before, size), (0, 0)])
    out = np.zeros((len(x), x.shape[1] // stride, x.shape[2] // stride, w.shape[3]))
    for i, j in np.ndindex(*out.shape[1:3]):
        out[:, i, j] = np.einsum("nhwc,hwco->no", padded[:, stride * i :, stride * j :][:, :size, :size], w)
    return out + b


def averaged(x):
    padded = np.pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)])
    rows = [padded[:, i : i + 3][:, :3] for i in range(0, x.shape[1], 2)]
    return np.stack(
        [np.stack([row[:, :, j : j + 3].mean(axis=(1, 2)) for j in range(0, x.shape[2], 2)], 1) for row in rows], 1
    )


def expected(block, x, joined):
    y = convolved(block.first, elu(x) if block.activated else x)
    y = elu(y + convolved(block.join, elu(joined)))
    a, b = np.split(convolved(block.second, y), 2, axis=-1)
    gated = a / (1.0 + np.exp(-b))
    if not block.residual:
        return gated
    x = x[..., : block.filters]
    return gated + (averaged(x) if block.scaling == "down" else x)


@pytest.mark.parametrize(
    ("scaling", "size"), [("same", 1), ("same", 5), ("down", 1), ("down", 3), ("down", 5), ("up", 3), ("up", 5)]
)
def test_convolution(scaling, size):
    conv, x = shaken(SameConv(2, 3, size, scaling)), images(2)
    found = conv(tf.constant(x, tf.float32))
    np.testing.assert_allclose(found, convolved(conv, x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("scaling", "channels", "added"),
    [("same", 5, True), ("same", 3, False), ("same", 7, True), ("down", 6, True), ("up", 5, False)],
)
@pytest.mark.parametrize(("join", "side"), [("same", 4), ("up", 2), ("down", 8)])
def test_block(scaling, channels, added, join, side):
    block = shaken(GatedBlock(channels, 5, 3, scaling, joined=Joined(2, join)))
    assert block.residual is added
    x, joined = images(channels), images(2, size=side, seed=2)
    found = block(tf.constant(x, tf.float32), tf.constant(joined, tf.float32))
    size = {"same": 4, "down": 2, "up": 8}[scaling]
    assert found.shape == (2, size, size, 5)
    np.testing.assert_allclose(found, expected(block, x, joined), rtol=1e-3, atol=1e-4)


def test_a_first_block_neither_activates_nor_adds_its_input():
    block = shaken(GatedBlock(5, 5, 3, joined=Joined(2), residual=False))
    x, joined = images(5), images(2, seed=2)
    found = block(tf.constant(x, tf.float32), tf.constant(joined, tf.float32))
    np.testing.assert_allclose(found, expected(block, x, joined), rtol=1e-3, atol=1e-4)


def test_pooled_counts_the_zeros_beyond_the_edge():
    found = pooled(tf.ones([1, 4, 4, 1])).numpy()[0, :, :, 0]
    np.testing.assert_allclose(found, [[1.0, 2 / 3], [2 / 3, 4 / 9]], rtol=1e-6)


def test_dropout_keeps_means_and_rows():
    x = tf.fill([4000, 2, 1, 3], 2.0)
    found = dropped(x, 0.3, seeds.root_seed(1)).numpy()
    assert set(np.unique(found)) == {0.0, np.float32(2.0 / 0.7)}
    assert_mean(found.reshape(4000, -1).mean(axis=1), 2.0)
    later = dropped(x[:10], 0.3, seeds.from_row(seeds.root_seed(1), 40))
    np.testing.assert_array_equal(later, found[40:50])


def test_dropout_is_for_training_alone():
    block = shaken(GatedBlock(5, 5, 3, dropout=0.5))
    x = tf.constant(images(5), tf.float32)
    np.testing.assert_array_equal(block(x), block(x))
    seed = seeds.from_row(seeds.root_seed(2), tf.constant(0))
    assert np.any(block(x, seed=seed) != block(x))
    np.testing.assert_array_equal(block(x, seed=seed), block(x, seed=seed))
