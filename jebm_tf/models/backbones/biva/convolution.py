"""BIVA's convolutions: padded as TensorFlow does it, transposed where maps grow, with first weights fitted to data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import keras
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv, kernel_norms

Scaling = Literal["same", "down", "up"]
"""Whether a map keeps its size, is halved or doubled."""

SCALES = {"same": 1, "down": 2, "up": 2}

_SPREAD = 0.05  # of a new kernel: since Adamax moves each number by as much, it says how fast directions turn
_LEAST_VARIANCE = 1e-8  # keeps outputs that do not vary from being scaled up without bound


class SameConv(Conv):
    """A convolution with weight normalisation that keeps, halves or doubles the map; transposed where it doubles.

    Padding is TensorFlow's "SAME": for a stride of 2 one pixel more at the end than at the beginning. The kernel of an
    output channel is g v / ‖v‖ (Salimans and Kingma 2016), and g itself is learned, as in the released program; NVAE's
    is exp(s) v / ‖v‖. For small g the former changes faster.

    Args:
      inputs, outputs: channels.
      size: of the kernel.
      scaling: of the map.

    Attributes:
      target: while this is a number, calls set norm and bias so that the outputs have mean 0 and this standard
        deviation, see `initialised_by_data`.
    """

    target: float | None = None

    def __init__(self, inputs: int, outputs: int, size: int, scaling: Scaling = "same"):
        first = keras.initializers.RandomNormal(stddev=_SPREAD)
        super().__init__(inputs, outputs, size, SCALES[scaling], normalised=False, first=first)
        self.scaling = scaling
        start = keras.initializers.Constant(kernel_norms(self.masked_kernel()))
        self.norm = self.add_weight(shape=(outputs,), initializer=start, name="norm")

    def effective_kernel(self) -> tf.Tensor:
        """The kernel that images meet, `[size, size, inputs, outputs]`."""
        kernel = self.masked_kernel()
        return kernel * (tf.convert_to_tensor(self.norm) / kernel_norms(kernel))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, inputs]` → the same, scaled, with `outputs` channels."""
        if self.target is not None:
            self._fit(x, self.target)
        return super().call(x)

    def _convolved(self, x: tf.Tensor) -> tf.Tensor:
        if self.scaling != "up":
            return tf.nn.conv2d(x, self.effective_kernel(), self.stride, "SAME")
        height, width = x.shape[1:3]
        shape = [tf.shape(x)[0], 2 * height, 2 * width, self.kernel.shape[-1]]
        kernel = tf.transpose(self.effective_kernel(), [0, 1, 3, 2])
        return tf.nn.conv2d_transpose(x, kernel, shape, self.stride, "SAME")

    def _fit(self, x: tf.Tensor, target: float) -> None:
        """Sets norm and bias by this input (Salimans and Kingma 2016, Sec. 3)."""
        assert self.bias is not None
        self.norm.assign(tf.ones_like(self.norm))
        mean, variance = tf.nn.moments(self._convolved(x), axes=(0, 1, 2))
        scale = target * tf.math.rsqrt(variance + _LEAST_VARIANCE)
        self.norm.assign(scale)
        self.bias.assign(-mean * scale)


@contextmanager
def initialised_by_data(convolutions: Sequence[SameConv], target: float) -> Iterator[None]:
    """A block in which each convolution's first weights are fitted to what it is called on.

    Call the network once within, eagerly, on one batch of data: every layer then sees what the fitted ones below give.

    Args:
      convolutions: all of a network's.
      target: the standard deviation that their outputs get.
    """
    for conv in convolutions:
        conv.target = target
    try:
        yield
    finally:
        for conv in convolutions:
            conv.target = None
