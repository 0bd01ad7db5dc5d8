"""NVAE's residual cells (Vahdat and Kautz 2020, Sec. 3.1 and Fig. 3)."""

from typing import Literal

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.backbones.convolution import Conv, batch_norm

Scaling = Literal["same", "down", "up"]
"""Whether a cell keeps the map's size and channels, halves and doubles them, or doubles and halves them."""


class Cell(keras.layers.Layer):
    """skip(s) + 0.1 · SE(branch(s)).

    Args:
      channels: of the input.
      scaling: see `Scaling`.
      branch: "residual" has two 3x3 convolutions, each after batch norm and swish, for encoders; an integer e is the
        expansion of an inverted residual with a 5x5 depthwise convolution, for decoders.
    """

    def __init__(self, channels: int, scaling: Scaling = "same", *, branch: Literal["residual"] | int = "residual"):
        super().__init__()
        outputs = {"same": channels, "down": 2 * channels, "up": channels // 2}[scaling]
        self.skip = None if scaling == "same" else (Halve if scaling == "down" else Double)(channels, outputs)
        self.branch: keras.layers.Layer
        if branch == "residual":
            self.branch = ResidualBranch(channels, outputs, scaling)
        else:
            self.branch = InvertedResidual(channels, outputs, scaling, expansion=branch)
        self.gate = SqueezeExcite(outputs)
        self.outputs = outputs
        self.built = True

    def call(self, s: tf.Tensor, training: bool = False) -> tf.Tensor:
        """`[batch, height, width, channels]` → the same, scaled."""
        kept = s if self.skip is None else self.skip(s)
        return kept + 0.1 * self.gate(self.branch(s, training=training))


class ResidualBranch(keras.layers.Layer):
    """Batch norm, swish, 3x3 convolution, twice; the first one scales."""

    def __init__(self, channels: int, outputs: int, scaling: Scaling):
        super().__init__()
        self.upward = scaling == "up"
        self.norms = [batch_norm(channels), batch_norm(outputs)]
        self.convs = [
            Conv(channels, outputs, 3, stride=2 if scaling == "down" else 1),
            Conv(outputs, outputs, 3),
        ]
        self.built = True

    def call(self, s: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The branch at `s`."""
        s = tf.nn.silu(self.norms[0](s, training=training))
        s = self.convs[0](repeat_twice(s) if self.upward else s)
        return self.convs[1](tf.nn.silu(self.norms[1](s, training=training)))


class InvertedResidual(keras.layers.Layer):
    """Norm, 1x1 convolution to `expansion` times the channels, norm, swish, 5x5 depthwise, norm, swish, 1x1, norm."""

    def __init__(self, channels: int, outputs: int, scaling: Scaling, expansion: int):
        super().__init__()
        hidden = expansion * channels
        stride = 2 if scaling == "down" else 1
        self.upward = scaling == "up"
        self.norms = [batch_norm(size) for size in (channels, hidden, hidden, outputs)]
        self.convs = [
            Conv(channels, hidden, 1, bias=False, normalised=False),
            Conv(hidden, hidden, 5, stride, depthwise=True, bias=False, normalised=False),
            Conv(hidden, outputs, 1, bias=False, normalised=False),
        ]
        self.built = True

    def call(self, s: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The branch at `s`."""
        s = self.norms[0](repeat_twice(s) if self.upward else s, training=training)
        for conv, norm in zip(self.convs[:2], self.norms[1:3], strict=True):
            s = tf.nn.silu(norm(conv(s), training=training))
        return self.norms[3](self.convs[2](s), training=training)


class SqueezeExcite(keras.layers.Layer):
    """Scales each channel by a number in (0, 1) that is computed from the means of all (Hu et al. 2018)."""

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(channels // 16, 4)
        self.squeeze = keras.layers.Dense(hidden, activation="relu")
        self.excite = keras.layers.Dense(channels, activation="sigmoid")
        starts.build(self.squeeze, (None, channels), "fan_in")
        starts.build(self.excite, (None, hidden), "fan_in")
        self.built = True

    def call(self, s: tf.Tensor) -> tf.Tensor:
        """Shaped like `s`."""
        return s * self.excite(self.squeeze(tf.reduce_mean(s, axis=(1, 2))))[:, tf.newaxis, tf.newaxis, :]


class Halve(keras.layers.Layer):
    """A skip connection to half the size: swish, then a 1x1 convolution for each of the four pixels of a square."""

    def __init__(self, channels: int, outputs: int):
        super().__init__()
        quarter = outputs // 4
        self.convs = [Conv(channels, size, 1) for size in (quarter, quarter, quarter, outputs - 3 * quarter)]
        self.built = True

    def call(self, s: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → `[batch, height / 2, width / 2, outputs]`."""
        s = tf.nn.silu(s)
        corners = [s[:, ::2, ::2], s[:, 1::2, 1::2], s[:, ::2, 1::2], s[:, 1::2, ::2]]
        return tf.concat([conv(corner) for conv, corner in zip(self.convs, corners, strict=True)], axis=-1)


class Double(keras.layers.Layer):
    """A skip connection to twice the size: bilinear between the corners' centres, then 1x1 convolution without bias."""

    def __init__(self, channels: int, outputs: int):
        super().__init__()
        self.conv = Conv(channels, outputs, 1, bias=False)
        self.built = True

    def call(self, s: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → `[batch, 2 height, 2 width, outputs]`."""
        height, width = s.shape[1:3]
        larger = tf.raw_ops.ResizeBilinear(images=s, size=(2 * height, 2 * width), align_corners=True)
        return self.conv(larger)


def repeat_twice(s: tf.Tensor) -> tf.Tensor:
    """Each pixel as a square of four."""
    return tf.repeat(tf.repeat(s, 2, axis=1), 2, axis=2)
