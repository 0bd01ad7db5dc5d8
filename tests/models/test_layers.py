"""Proves that a stack activates its hidden layers and leaves the last one linear."""

import numpy as np
import tensorflow as tf

from jebm_tf.models.layers import dense_stack, soft_clamp
from tests.small_models import set_dense


def test_last_layer_is_linear_and_leaky_slope_is_a_fifth():
    stack = dense_stack((1, 1), 2, "leaky_relu")
    stack.build((None, 1))
    set_dense(stack, [[1.0]], [0.0], [[1.0]], [0.0], [[1.0, -1.0]], [0.0, 0.0])
    # −5 passes two leaky layers: −5 → −1 → −0.2.
    np.testing.assert_allclose(stack(tf.constant([[-5.0], [5.0]])), [[-0.2, 0.2], [5.0, -5.0]], rtol=1e-6)


def test_a_soft_clamp_changes_little_near_zero_and_bounds_the_rest():
    np.testing.assert_allclose(soft_clamp(tf.constant([-0.1, 0.1, 1e6, -1e6]), 5.0), [-0.1, 0.1, 5.0, -5.0], atol=2e-5)
