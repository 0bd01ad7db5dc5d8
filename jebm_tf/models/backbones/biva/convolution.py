"""BIVA's convolutions: padded as TensorFlow does it, and transposed where maps grow."""

from typing import Literal

import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv

Scaling = Literal["same", "down", "up"]
"""Whether a map keeps its size, is halved or doubled."""

SCALES = {"same": 1, "down": 2, "up": 2}


class SameConv(Conv):
    """A convolution with weight normalisation that keeps, halves or doubles the map; transposed where it doubles.

    Padding is TensorFlow's "SAME": for a stride of 2 one pixel more at the end than at the beginning.

    Args:
      inputs, outputs: channels.
      size: of the kernel.
      scaling: of the map.
    """

    def __init__(self, inputs: int, outputs: int, size: int, scaling: Scaling = "same"):
        super().__init__(inputs, outputs, size, SCALES[scaling])
        self.scaling = scaling

    def _convolved(self, x: tf.Tensor) -> tf.Tensor:
        if self.scaling != "up":
            return tf.nn.conv2d(x, self.effective_kernel(), self.stride, "SAME")
        height, width = x.shape[1:3]
        shape = [tf.shape(x)[0], 2 * height, 2 * width, self.kernel.shape[-1]]
        kernel = tf.transpose(self.effective_kernel(), [0, 1, 3, 2])
        return tf.nn.conv2d_transpose(x, kernel, shape, self.stride, "SAME")
