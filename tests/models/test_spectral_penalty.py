"""Proves the penalty against singular values, and that it has their gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv, batch_norm
from jebm_tf.models.spectral_penalty import SpectralPenalty


@pytest.fixture
def layers():
    keras.utils.set_random_seed(3)
    return [Conv(2, 3, 3), Conv(2, 3, 3), Conv(4, 5, 1, normalised=False)], [batch_norm(3), batch_norm(2)]


def largest(conv):
    return np.linalg.svd(conv.matrix().numpy())[1][0]


def test_is_the_sum_of_the_largest_singular_values_and_factors(layers):
    convolutions, norms = layers
    norms[0].gamma.assign([0.5, -3.0, 2.0])
    found = SpectralPenalty(convolutions, norms).updated()
    assert float(found) == pytest.approx(sum(map(largest, convolutions)) + 3.0 + 1.0, rel=1e-4)


def test_follows_kernels_that_move(layers):
    convolutions, _ = layers
    penalty = SpectralPenalty(convolutions, [])
    rng = np.random.default_rng(0)
    for conv in convolutions:
        conv.kernel.assign_add(rng.standard_normal(conv.kernel.shape))
    first = float(penalty.updated())
    for _ in range(30):
        last = float(penalty.updated())
    expected = sum(map(largest, convolutions))
    assert last == pytest.approx(expected, rel=1e-4)
    assert abs(last - expected) <= abs(first - expected)


def test_has_the_gradient_of_the_singular_value(layers):
    conv = layers[0][2]
    penalty = SpectralPenalty([conv], [])
    for _ in range(20):
        penalty.updated()
    with tf.GradientTape() as tape:
        value = penalty.updated()
    left, _, right = np.linalg.svd(conv.kernel.numpy()[0, 0].T)
    expected = np.outer(right[0], left[:, 0])
    np.testing.assert_allclose(tape.gradient(value, conv.kernel.value)[0, 0], expected, atol=1e-3)
