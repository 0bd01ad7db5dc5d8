"""Proves convolution, padding and weight normalisation against sums written out in numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv, batch_norm


def convolved(x, kernel, stride):
    """The sum over a window, place by place; `kernel` is `[size, size, inputs, outputs]`."""
    size = kernel.shape[0]
    pad = (size - 1) // 2
    padded = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    places = [range(0, x.shape[axis], stride) for axis in (1, 2)]
    out = np.zeros((len(x), len(places[0]), len(places[1]), kernel.shape[-1]))
    for i, top in enumerate(places[0]):
        for j, left in enumerate(places[1]):
            out[:, i, j] = np.einsum("bhwc,hwco->bo", padded[:, top : top + size, left : left + size], kernel)
    return out


def weighted(conv, seed=0):
    """Gives every weight a random value."""
    rng = np.random.default_rng(seed)
    for variable in conv.variables:
        variable.assign(rng.standard_normal(variable.shape))
    return conv


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_is_the_sum_over_a_window_that_is_padded_on_both_sides(size, stride):
    conv = weighted(Conv(3, 4, size, stride))
    x = np.random.default_rng(1).standard_normal((2, 6, 8, 3))
    kernel = np.float64(conv.kernel.numpy())
    kernel *= np.exp(conv.log_norm.numpy()) / (np.sqrt(np.square(kernel).sum(axis=(0, 1, 2))) + 1e-5)
    expected = convolved(x, kernel, stride) + conv.bias.numpy()
    np.testing.assert_allclose(conv(tf.constant(x, tf.float32)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_keeps_channels_apart(stride):
    conv = weighted(Conv(3, 3, 5, stride, depthwise=True, bias=False, normalised=False))
    x = np.random.default_rng(1).standard_normal((2, 6, 8, 3))
    kernel = np.zeros((5, 5, 3, 3))
    kernel[:, :, range(3), range(3)] = conv.kernel.numpy()[:, :, 0]
    np.testing.assert_allclose(conv(tf.constant(x, tf.float32)), convolved(x, kernel, stride), rtol=1e-4, atol=1e-4)


def test_a_new_kernel_keeps_its_norm_but_for_a_hundredth():
    keras.utils.set_random_seed(0)
    conv = Conv(8, 5, 3)
    norm = lambda kernel: np.sqrt(np.square(kernel).sum(axis=(0, 1, 2)))  # noqa: E731
    np.testing.assert_allclose(norm(conv.effective_kernel()), norm(conv.kernel.numpy()) + 0.01, rtol=1e-4)
    smaller = Conv(8, 5, 3, gain=0.1)
    np.testing.assert_allclose(norm(smaller.effective_kernel()), 0.1 * (norm(smaller.kernel.numpy()) + 0.01), rtol=1e-4)
    bound = 1.0 / np.sqrt(72.0)
    assert 0.9 * bound < np.abs(conv.kernel.numpy()).max() <= bound
    assert np.abs(conv.bias.numpy()).max() <= bound


def test_matrix_has_a_row_for_each_output_channel():
    conv = weighted(Conv(3, 4, 3, normalised=False))
    expected = conv.kernel.numpy().reshape(27, 4).T
    np.testing.assert_array_equal(conv.matrix(), expected)
    assert Conv(3, 3, 5, depthwise=True).matrix().shape == (3, 25)


def test_a_mask_is_there_before_the_norm():
    mask = np.zeros((3, 3, 2, 1), np.float32)
    mask[0, 1, 1, 0] = 1.0
    conv = weighted(Conv(2, 1, 3, mask=mask))
    expected = np.sign(conv.kernel.numpy()[0, 1, 1, 0]) * np.exp(conv.log_norm.numpy())
    np.testing.assert_allclose(conv.effective_kernel().numpy()[0, 1, 1], expected, rtol=1e-4)


def test_batch_norm_learns_its_statistics_slowly():
    norm = batch_norm(2)
    x = tf.constant(np.random.default_rng(0).normal(3.0, 2.0, (8, 4, 4, 2)), tf.float32)
    mean, variance = np.mean(x, axis=(0, 1, 2)), np.var(x, axis=(0, 1, 2))
    np.testing.assert_allclose(norm(x, training=True), (x - mean) / np.sqrt(variance + 1e-5), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(norm.moving_mean.numpy(), 0.05 * mean, rtol=1e-4)
    np.testing.assert_allclose(norm.moving_variance.numpy(), 0.95 + 0.05 * variance, rtol=1e-4)


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="size 4 must be odd"):
        Conv(3, 3, 4)
    with pytest.raises(ValueError, match="depthwise 3 = 4"):
        Conv(3, 4, 3, depthwise=True)


def test_a_bias_does_not_begin_as_a_copy_of_the_kernel():
    keras.utils.set_random_seed(0)
    conv = Conv(4, 4, 1)
    assert np.all(conv.bias.numpy() != conv.kernel.numpy()[0, 0, 0])
