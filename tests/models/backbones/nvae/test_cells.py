"""Proves each kind of cell against the same steps in numpy, with weights and statistics that all differ."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.backbones.nvae.cells import (
    Cell,
    Double,
    Halve,
    InvertedResidual,
    ResidualBranch,
    SqueezeExcite,
    repeat_twice,
)
from tests.models.backbones.test_convolution import convolved


def shaken(layer, seed=0):
    """Every weight gets a value of its own; what must be positive stays so."""
    rng = np.random.default_rng(seed)
    for variable in layer.variables:
        noise = rng.standard_normal(variable.shape)
        positive = "variance" in variable.path or "gamma" in variable.path
        variable.assign(0.5 + np.abs(noise) if positive else 0.3 * noise)
    return layer


def images(channels, size=4, seed=1):
    return np.random.default_rng(seed).standard_normal((2, size, size, channels))


def silu(x):
    return x / (1.0 + np.exp(-x))


def conv(layer: Conv, x):
    kernel = np.float64(layer.effective_kernel())
    if layer.depthwise:
        channels = x.shape[-1]
        full = np.zeros((*kernel.shape[:2], channels, channels))
        full[:, :, range(channels), range(channels)] = kernel[:, :, 0]
        kernel = full
    bias = 0.0 if layer.bias is None else layer.bias.numpy()
    return convolved(x, kernel, layer.stride) + bias


def norm(layer, x):
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    return (x - mean) / np.sqrt(variance + 1e-5) * layer.gamma.numpy() + layer.beta.numpy()


def grown(x):
    return x.repeat(2, axis=1).repeat(2, axis=2)


def halved(layer, x):
    """Output channels in four quarters, one for each corner of a square: even-even, odd-odd, even-odd, odd-even."""
    x = silu(x)
    corners = [x[:, 0::2, 0::2], x[:, 1::2, 1::2], x[:, 0::2, 1::2], x[:, 1::2, 0::2]]
    return np.concatenate([conv(c, corner) for c, corner in zip(layer.convs, corners, strict=True)], axis=-1)


def bilinear(x):
    """Twice as many samples on a line that begins and ends where the old ones do."""
    for axis in (1, 2):
        size = x.shape[axis]
        at = np.linspace(0.0, size - 1.0, 2 * size)
        low = np.minimum(np.floor(at).astype(int), size - 2)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(4)])
        x = np.take(x, low, axis) * (1.0 - share) + np.take(x, low + 1, axis) * share
    return x


def residual(layer, x):
    x = silu(norm(layer.norms[0], x))
    x = conv(layer.convs[0], grown(x) if layer.upward else x)
    return conv(layer.convs[1], silu(norm(layer.norms[1], x)))


def inverted(layer, x):
    x = norm(layer.norms[0], grown(x) if layer.upward else x)
    x = silu(norm(layer.norms[1], conv(layer.convs[0], x)))
    x = silu(norm(layer.norms[2], conv(layer.convs[1], x)))
    return norm(layer.norms[3], conv(layer.convs[2], x))


def gated(layer, x):
    kernels = [layer.squeeze.kernel.numpy(), layer.excite.kernel.numpy()]
    hidden = np.maximum(x.mean(axis=(1, 2)) @ kernels[0] + layer.squeeze.bias.numpy(), 0.0)
    gate = 1.0 / (1.0 + np.exp(-(hidden @ kernels[1] + layer.excite.bias.numpy())))
    return x * gate[:, None, None, :]


def assert_same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def float32(x):
    return tf.constant(x, tf.float32)


SCALINGS = {"same": (4, 4, 4), "down": (4, 8, 2), "up": (4, 2, 8)}  # channels, then channels and size of the output


@pytest.mark.parametrize("scaling", SCALINGS)
def test_residual_branch(scaling):
    channels, outputs, size = SCALINGS[scaling]
    layer, x = shaken(ResidualBranch(channels, outputs, scaling)), images(channels)
    assert residual(layer, x).shape == (2, size, size, outputs)
    assert_same(layer(float32(x)), residual(layer, x))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_inverted_residual(scaling):
    channels, outputs, size = SCALINGS[scaling]
    layer, x = shaken(InvertedResidual(channels, outputs, scaling, 3)), images(channels)
    assert [c.kernel.shape[-1] for c in layer.convs] == [12, 12, outputs]
    assert inverted(layer, x).shape == (2, size, size, outputs)
    assert_same(layer(float32(x)), inverted(layer, x))


def test_squeeze_excite():
    layer, x = shaken(SqueezeExcite(5)), images(5)
    assert layer.squeeze.units == 4
    assert SqueezeExcite(96).squeeze.units == 6
    assert_same(layer(float32(x)), gated(layer, x))


def test_halve():
    layer, x = shaken(Halve(3, 6)), images(3)
    assert [c.kernel.shape[-1] for c in layer.convs] == [1, 1, 1, 3]
    assert_same(layer(float32(x)), halved(layer, x))


def test_double():
    layer, x = shaken(Double(4, 2)), images(4, size=3)
    assert_same(layer(float32(x)), conv(layer.conv, bilinear(x)))


def test_repeat_twice():
    x = images(2, size=3)
    np.testing.assert_array_equal(repeat_twice(x), grown(x))


@pytest.mark.parametrize("branch", ["residual", 3])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_cell_is_its_skip_and_a_tenth_of_its_gated_branch(scaling, branch):
    channels, outputs, size = SCALINGS[scaling]
    cell, x = shaken(Cell(channels, scaling, branch=branch)), images(channels)
    skip = {
        "same": lambda: x,
        "down": lambda: halved(cell.skip, x),
        "up": lambda: conv(cell.skip.conv, bilinear(x)),
    }[scaling]()
    inner = (residual if branch == "residual" else inverted)(cell.branch, x)
    expected = skip + 0.1 * gated(cell.gate, inner)
    assert expected.shape == (2, size, size, outputs)
    assert_same(cell(float32(x)), expected)


def test_training_reaches_every_norm():
    cell = Cell(4, "down", branch=3)
    cell(float32(images(4)), training=True)
    assert all(np.any(n.moving_mean.numpy()) for n in cell.branch.norms)
