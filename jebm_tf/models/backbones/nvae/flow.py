"""NVAE's volume-preserving flow cells for q (Vahdat and Kautz 2020, Sec. 3.4)."""

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv


def masked_conv(
    inputs: int,
    outputs: int,
    size: int,
    *,
    itself: bool,
    backward: bool,
    depthwise: bool = False,
    bias: bool = False,
    gain: float = 1.0,
) -> Conv:
    """A convolution whose output at a place sees only what comes before it.

    Before: in rows above, or in the same row to the left; with `backward` in rows below, or to the right. At the place
    itself output channel j sees the input channels that belong to channels before j's, and with `itself` to j's own.

    Args:
      inputs, outputs: channels; one divides the other.
      size, depthwise, bias, gain: as in `Conv`.
      itself: whether an output sees its own channel.
      backward: the order of places.
    """
    centre = np.full((1, inputs), itself) if depthwise else _centre(inputs, outputs, itself)
    middle = size // 2
    mask = np.zeros((size, size, *centre.shape), np.float32)
    mask[:middle] = 1.0
    mask[middle, :middle] = 1.0
    if backward:
        mask = mask[::-1, ::-1].copy()
    mask[middle, middle] = centre
    return Conv(inputs, outputs, size, depthwise=depthwise, bias=bias, gain=gain, mask=mask)


def _centre(inputs: int, outputs: int, itself: bool) -> np.ndarray:
    """`[inputs, outputs]`: whether an input's channel comes before an output's."""
    common = min(inputs, outputs)
    of_input = np.arange(inputs)[:, np.newaxis] * common // inputs
    of_output = np.arange(outputs)[np.newaxis] * common // outputs
    return of_input <= of_output if itself else of_input < of_output


class Shift(keras.layers.Layer):
    """z − μ(z), with μ at every place and channel a function of those before: its Jacobian's determinant is 1."""

    def __init__(self, channels: int, *, backward: bool, expansion: int = 6):
        super().__init__()
        hidden = expansion * channels
        self.convs = [
            masked_conv(channels, hidden, 3, itself=False, backward=backward),
            masked_conv(hidden, hidden, 5, itself=True, backward=backward, depthwise=True),
            masked_conv(hidden, channels, 1, itself=True, backward=backward, bias=True, gain=0.1),
        ]
        self.built = True

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → the same."""
        hidden = tf.nn.elu(self.convs[1](tf.nn.elu(self.convs[0](z))))
        return z - self.convs[2](tf.nn.elu(hidden))


class FlowCell(keras.layers.Layer):
    """Two shifts, one in each order of places."""

    def __init__(self, channels: int):
        super().__init__()
        self.shifts = [Shift(channels, backward=False), Shift(channels, backward=True)]
        self.built = True

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → the same; log |det| = 0."""
        for shift in self.shifts:
            z = shift(z)
        return z
