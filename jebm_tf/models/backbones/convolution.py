"""The convolution of deep backbones, with weight normalisation and symmetric padding, and batch normalisation."""

import math

import keras
import numpy as np
import tensorflow as tf

_TINY = 1e-5  # keeps a kernel of norm zero from dividing by it


class Conv(keras.layers.Layer):
    """A 2-D convolution of odd kernel size k, padded by (k − 1) / 2 on every side.

    With weight normalisation (Salimans and Kingma 2016) the kernel of each output channel is exp(s) w / ‖w‖. Weights
    are made at once, since their shapes do not depend on the input's size.

    Args:
      inputs, outputs: channels.
      size: k.
      stride: of both axes.
      bias: add one number to each output channel.
      normalised: with weight normalisation.
      depthwise: one kernel for each channel; `outputs` must equal `inputs`.
      gain: factor of the initial kernel's norm.
      mask: what the kernel is multiplied with, broadcastable to it.
      first: of the kernel; None for uniform numbers within 1/√fan_in, as PyTorch has it.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: int,
        stride: int = 1,
        *,
        bias: bool = True,
        normalised: bool = True,
        depthwise: bool = False,
        gain: float = 1.0,
        mask: np.ndarray | None = None,
        first: keras.initializers.Initializer | None = None,
    ):
        super().__init__()
        if size % 2 == 0 or (depthwise and inputs != outputs):
            raise ValueError(f"Conv: size {size} must be odd, and depthwise {inputs} = {outputs}")
        self.size, self.stride, self.depthwise, self.mask = size, stride, depthwise, mask
        fan_in = size * size * (1 if depthwise else inputs)
        bound = 1.0 / math.sqrt(fan_in)
        shape = (size, size, 1, inputs) if depthwise else (size, size, inputs, outputs)
        self.kernel = self.add_weight(shape=shape, initializer=first or _uniform(bound), name="kernel")
        self.bias = self.add_weight(shape=(outputs,), initializer=_uniform(bound), name="bias") if bias else None
        self.log_norm = None
        if normalised:
            norm = kernel_norms(self.masked_kernel())
            start = keras.initializers.Constant(tf.math.log(norm + 1e-2) + math.log(gain))
            self.log_norm = self.add_weight(shape=(outputs,), initializer=start, name="log_norm")
        self.built = True

    def masked_kernel(self) -> tf.Tensor:
        """The kernel before normalisation, `[size, size, inputs, outputs]`, or `[size, size, 1, channels]`."""
        kernel = tf.convert_to_tensor(self.kernel)
        return kernel if self.mask is None else self.mask * kernel

    def effective_kernel(self) -> tf.Tensor:
        """The kernel that images meet, shaped like `masked_kernel`."""
        kernel = self.masked_kernel()
        if self.log_norm is None:
            return kernel
        return kernel * (tf.exp(tf.convert_to_tensor(self.log_norm)) / (kernel_norms(kernel) + _TINY))

    def matrix(self) -> tf.Tensor:
        """The effective kernel as a matrix, one row for each output channel, for spectral regularisation."""
        kernel = self.effective_kernel()
        return tf.transpose(tf.reshape(kernel, [-1, kernel.shape[-1]]))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, inputs]` → `[batch, height / stride, width / stride, outputs]`."""
        out = self._convolved(x)
        return out if self.bias is None else out + tf.convert_to_tensor(self.bias)

    def _convolved(self, x: tf.Tensor) -> tf.Tensor:
        pad = (self.size - 1) // 2
        padding = [[0, 0], [pad, pad], [pad, pad], [0, 0]]
        kernel = self.effective_kernel()
        if self.depthwise:
            strides = [1, self.stride, self.stride, 1]
            return tf.nn.depthwise_conv2d(x, tf.transpose(kernel, [0, 1, 3, 2]), strides, padding)
        return tf.nn.conv2d(x, kernel, self.stride, padding)


def _uniform(bound: float) -> keras.initializers.Initializer:
    """An initializer for one weight: an instance gives the same numbers at every call."""
    return keras.initializers.RandomUniform(-bound, bound)


def kernel_norms(kernel: tf.Tensor) -> tf.Tensor:
    """‖w‖ of each output channel of `[size, size, inputs, outputs]`."""
    return tf.norm(tf.reshape(kernel, [-1, kernel.shape[-1]]), axis=0)


def batch_norm(channels: int) -> keras.layers.BatchNormalization:
    """Batch normalisation over all replicas, its weights made."""
    layer = keras.layers.BatchNormalization(momentum=0.95, epsilon=1e-5, synchronized=True)
    layer.build((None, None, None, channels))
    return layer
