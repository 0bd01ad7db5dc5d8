"""Dense layers whose kernels are divided by their spectral norms (Miyato et al. 2018)."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("jebm_tf")
class SpectralDense(keras.layers.Dense):
    """x W / σ(W) + b, with σ(W) the largest singular value, estimated by the power method.

    The kernel W itself is learned as any other, and σ's gradient is taken into account. (Keras' SpectralNormalization
    divides the stored kernel instead, at every call in training mode: a chain's target would change under way, and all
    singular values but the largest shrink towards zero from step to step.)
    """

    def build(self, input_shape):
        """Makes kernel and bias, and the power method's vector."""
        super().build(input_shape)
        self.vector = self.add_weight(
            shape=(self.units,), initializer="random_normal", trainable=False, name="right_singular_vector"
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """`[batch, inputs]` → `[batch, units]`."""
        outputs = tf.matmul(inputs, tf.convert_to_tensor(self.kernel)) / self.spectral_norm() + self.bias
        return self.activation(outputs) if self.activation is not None else outputs

    def spectral_norm(self) -> tf.Tensor:
        """The estimate of σ(W) with the vector as it is: ‖W v‖, a scalar, differentiable by W."""
        return tf.linalg.norm(tf.linalg.matvec(tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.vector)))

    def power_iteration(self) -> None:
        """One power iteration, v ← Wᵀ W v / ‖Wᵀ W v‖."""
        kernel = tf.convert_to_tensor(self.kernel)
        image = tf.linalg.matvec(kernel, tf.convert_to_tensor(self.vector))
        back = tf.linalg.matvec(kernel, image, transpose_a=True)
        self.vector.assign(tf.math.l2_normalize(back))
