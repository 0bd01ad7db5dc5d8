"""BIVA's gated residual block."""

import dataclasses

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.biva.convolution import SCALES, SameConv, Scaling
from jebm_tf.types import Seed


@dataclasses.dataclass(frozen=True)
class Joined:
    """A map that joins a block.

    Attributes:
      channels: of it.
      scaling: by which it gets the size of the block's input; "same" takes a 1x1 kernel, the others the block's own.
    """

    channels: int
    scaling: Scaling = "same"


class GatedBlock(keras.layers.Layer):
    """x + a · sigmoid(b), with (a, b) two convolutions of x; another map may join between them; the second one scales.

    x itself is averaged over 3x3 pixels where the block halves, and loses its last channels where it has more than the
    output. It is not added where it has fewer, where the block doubles, or where `residual` is off.

    Args:
      channels: of x.
      filters: channels of the output.
      size: of both kernels, odd.
      scaling: of the map.
      joined: what joins, if anything does.
      dropout: the share of numbers between the convolutions that training replaces by 0.
      residual: x is activated before it is convolved, and added.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: int,
        scaling: Scaling = "same",
        *,
        joined: Joined | None = None,
        dropout: float = 0.0,
        residual: bool = True,
    ):
        super().__init__()
        self.scaling, self.filters, self.activated, self.dropout = scaling, filters, residual, dropout
        self.residual = residual and scaling != "up" and channels >= filters
        self.first = SameConv(channels, filters, size)
        self.join = None
        if joined is not None:
            self.join = SameConv(joined.channels, filters, 1 if joined.scaling == "same" else size, joined.scaling)
        self.second = SameConv(filters, 2 * filters, size, scaling)
        self.built = True

    def call(self, x: tf.Tensor, joined: tf.Tensor | None = None, *, seed: Seed | None = None) -> tf.Tensor:
        """`[batch, height, width, channels]` → the same, scaled, with `filters` channels.

        Args:
          x: the input.
          joined: the map that joins, for a block that has one.
          seed: of dropout; None leaves it out.
        """
        y = self.first(tf.nn.elu(x) if self.activated else x)
        if self.join is not None:
            y += self.join(tf.nn.elu(joined))
        y = tf.nn.elu(y)
        if seed is not None and self.dropout:
            y = dropped(y, self.dropout, seed)
        a, b = tf.split(self.second(y), 2, axis=-1)
        gated = a * tf.sigmoid(b)
        return gated + self._skip(x) if self.residual else gated

    def _skip(self, x: tf.Tensor) -> tf.Tensor:
        x = x[..., : self.filters]
        return pooled(x) if SCALES[self.scaling] > 1 else x


def pooled(x: tf.Tensor) -> tf.Tensor:
    """Means over 3x3 pixels at every second one; beyond the last row and column there are zeros, which count."""
    padded = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]])
    return tf.nn.avg_pool2d(padded, 3, 2, "VALID")


def dropped(x: tf.Tensor, share: float, seed: Seed) -> tf.Tensor:
    """x with this share of its numbers replaced by 0 and the others scaled, so that means stay (Srivastava et al.)."""
    kept = seeds.uniform([tf.shape(x)[0], *x.shape[1:]], seed) >= share
    return tf.where(kept, x / (1.0 - share), 0.0)
