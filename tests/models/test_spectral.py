"""Proves spectral normalisation: the divisor is the largest singular value, and its gradient is not forgotten."""

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.models.spectral import SpectralDense


def built(inputs=4, units=3, activation=None):
    keras.utils.set_random_seed(0)
    layer = SpectralDense(units, activation=activation)
    layer.build((None, inputs))
    layer.bias.assign(np.arange(units))
    for _ in range(200):
        layer.power_iteration()
    return layer


def points():
    return np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)


def test_value_against_numpy():
    layer, x = built(activation="tanh"), points()
    kernel = layer.kernel.numpy()
    expected = np.tanh(x @ (kernel / np.linalg.svd(kernel)[1][0]) + np.arange(3))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-6)


def test_the_kernel_s_size_does_not_matter():
    layer, x = built(), points()
    before = layer(x)
    layer.kernel.assign(-5.0 * layer.kernel)
    np.testing.assert_allclose(layer(x) - layer.bias, -(before - layer.bias), rtol=1e-4, atol=1e-6)


def test_gradient_has_no_part_along_the_kernel():
    """Output does not change when W is scaled, so the gradient is orthogonal to W; without σ's gradient it is not."""
    layer, x = built(), points()
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(x) * points()[:, :3])
    gradient = tape.gradient(value, layer.kernel.value)
    assert np.linalg.norm(gradient) > 0.1
    assert abs(np.sum(gradient * layer.kernel.numpy())) < 1e-4


def test_only_iterating_writes_the_vector_and_nothing_writes_the_kernel():
    layer = built()
    before = [w.copy() for w in layer.get_weights()]
    layer(points(), training=True)
    assert all(map(np.array_equal, before, layer.get_weights()))
    layer.power_iteration()
    assert np.array_equal(before[0], layer.kernel.numpy())
