"""The first transposed convolution of a generator, from a map of one place, as the matrix product that it is."""

from collections.abc import Sequence

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("jebm_tf")
class PointConv2DTranspose(keras.layers.Conv2DTranspose):
    """Keras' transposed convolution with the same weights and, up to rounding, the same output.

    Where a map has one place and there is no padding, every number of the kernel meets it once: y = W x. Kernels for
    convolutions are made for maps of many places, and take several times as long for that product and its gradients.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → `[batch, height', width', filters]`."""
        if not self._is_product(inputs.shape):
            return super().call(inputs)
        kernel = tf.convert_to_tensor(self.kernel)  # [height', width', filters, channels]
        channels = kernel.shape[-1]
        outputs = tf.matmul(tf.reshape(inputs, [-1, channels]), tf.reshape(kernel, [-1, channels]), transpose_b=True)
        outputs = tf.reshape(outputs, [-1, *kernel.shape[:-1]])
        if self.use_bias:
            outputs += tf.convert_to_tensor(self.bias)
        return self.activation(outputs) if self.activation is not None else outputs

    def _is_product(self, shape: Sequence[int | None]) -> bool:
        """Whether all that comes out is of one place, and the output as large as the kernel."""
        plain = self.padding == "valid" and self.output_padding is None and self.data_format == "channels_last"
        fits = all(size >= stride for size, stride in zip(self.kernel_size, self.strides, strict=True))
        return plain and fits and set(self.dilation_rate) == {1} and tuple(shape[1:3]) == (1, 1)
