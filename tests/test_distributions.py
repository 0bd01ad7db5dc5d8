"""Proves that `normal_log_prob` is the Gaussian log density, constants included, summed over all axes but the batch."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.distributions import normal_log_prob


def _arrays(shape):
    rng = np.random.default_rng(0)
    value, mean = rng.standard_normal((2, *shape)).astype(np.float32)
    return value, mean, rng.uniform(0.05, 4.0, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(7, 1), (5, 3), (4, 3, 2, 3)])
def test_equals_scipy(shape):
    value, mean, scale = _arrays(shape)
    expected = norm.logpdf(value, mean, scale).reshape(shape[0], -1).sum(axis=1)
    np.testing.assert_allclose(normal_log_prob(tf.constant(value), mean, scale), expected, rtol=1e-5)


@pytest.mark.parametrize("scale_shape", [(), (3,), (5, 1)])
def test_a_broadcast_scale_counts_once_per_axis(scale_shape):
    value, mean, _ = _arrays((5, 3))
    scale = np.random.default_rng(1).uniform(0.1, 3.0, scale_shape).astype(np.float32)
    expected = norm.logpdf(value, mean, scale).sum(axis=1)
    np.testing.assert_allclose(normal_log_prob(tf.constant(value), mean, scale), expected, rtol=1e-5)


def test_images_with_a_python_scale():
    value, mean, _ = _arrays((2, 8, 4, 3))
    expected = norm.logpdf(value, mean, 0.3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(normal_log_prob(tf.constant(value), tf.constant(mean), 0.3), expected, rtol=1e-5)


def test_gradient_with_respect_to_the_scale():
    scale = tf.constant([[0.5, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(scale)
        log_prob = normal_log_prob(tf.constant([[1.0, -3.0]]), 0.0, scale)
    # d/dσ of −x²/(2σ²) − log σ is x²/σ³ − 1/σ.
    np.testing.assert_allclose(tape.gradient(log_prob, scale), [[1 / 0.125 - 2, 9 / 8 - 0.5]], rtol=1e-6)
