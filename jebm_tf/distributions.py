"""Log densities and divergences of Gaussians, summed over every axis but the batch."""

import math

import tensorflow as tf


def normal_log_prob(value: tf.Tensor, mean: tf.Tensor | float, scale: tf.Tensor | float) -> tf.Tensor:
    """log N(value; mean, scale²) per example, in nats, normalising constant included.

    Args:
      value: `[batch, ...]`.
      mean, scale: broadcastable to `value`; `scale` is a standard deviation, positive.

    Returns:
      `[batch]`.
    """
    standardised = (value - mean) / scale
    log_scale = tf.broadcast_to(tf.math.log(tf.convert_to_tensor(scale, value.dtype)), tf.shape(value))
    per_axis = -0.5 * tf.square(standardised) - log_scale - 0.5 * math.log(2.0 * math.pi)
    return tf.reduce_sum(per_axis, axis=tuple(range(1, len(value.shape))))


def normal_kl(mean: tf.Tensor, scale: tf.Tensor, prior_mean: tf.Tensor, prior_scale: tf.Tensor) -> tf.Tensor:
    """KL(N(mean, scale²) || N(prior_mean, prior_scale²)) per example, `[batch]`, in nats; arguments `[batch, ...]`."""
    ratio = scale / prior_scale
    per_axis = 0.5 * (tf.square(ratio) + tf.square((mean - prior_mean) / prior_scale) - 1.0) - tf.math.log(ratio)
    return tf.reduce_sum(per_axis, axis=tuple(range(1, len(mean.shape))))
