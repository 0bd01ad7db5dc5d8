"""BIVA's gated residual block."""

from collections.abc import Sequence
from typing import Literal

import keras
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv


class GatedBlock(keras.layers.Layer):
    """x + a · sigmoid(b), with (a, b) two convolutions of x; others' maps join between them, and the second one scales.

    Maps that join are brought to x's size by repeating or averaging pixels. x itself is halved by averaging where the
    block halves, and filled up with empty channels where it has fewer; where it has more, or the block doubles, or
    `residual` is off, it is not added.

    Args:
      channels: of x.
      filters: channels of the output.
      size: of both kernels, odd.
      scaling: "same", "down" to half the size or "up" to twice.
      joined: channels of each map that joins.
      residual: x is activated before it is convolved, and added.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: int,
        scaling: Literal["same", "down", "up"] = "same",
        *,
        joined: Sequence[int] = (),
        residual: bool = True,
    ):
        super().__init__()
        self.scaling, self.filters, self.activated = scaling, filters, residual
        self.residual = residual and scaling != "up" and filters >= channels
        self.first = Conv(channels, filters, size)
        self.joins = [Conv(number, filters, 1) for number in joined]
        self.second = Conv(filters, 2 * filters, size, stride=2 if scaling == "down" else 1)
        self.built = True

    def call(self, x: tf.Tensor, joined: Sequence[tf.Tensor] = ()) -> tf.Tensor:
        """`[batch, height, width, channels]` → the same, scaled, with `filters` channels."""
        y = self.first(tf.nn.elu(x) if self.activated else x)
        for join, other in zip(self.joins, joined, strict=True):
            y += fitted(join(tf.nn.elu(other)), y)
        y = tf.nn.elu(y)
        if self.scaling == "up":
            y = _repeated(y, 2)
        a, b = tf.split(self.second(y), 2, axis=-1)
        gated = a * tf.sigmoid(b)
        return gated + self._skip(x, gated) if self.residual else gated

    def _skip(self, x: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
        return tf.pad(fitted(x, like), [[0, 0], [0, 0], [0, 0], [0, self.filters - x.shape[-1]]])


def fitted(x: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Maps at the size of others, by repeating or averaging pixels."""
    ours, theirs = x.shape[1], like.shape[1]
    if theirs > ours:
        return _repeated(x, theirs // ours)
    return x if theirs == ours else tf.nn.avg_pool2d(x, ours // theirs, ours // theirs, "VALID")


def _repeated(x: tf.Tensor, times: int) -> tf.Tensor:
    return tf.repeat(tf.repeat(x, times, axis=1), times, axis=2)
