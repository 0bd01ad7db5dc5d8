"""Energy heads f_i, the layer-wise tilts of the prior (Eq. 6-7)."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models.layers import dense_stack


@keras.saving.register_keras_serializable("jebm_tf")
class EnergyHead(keras.Model):
    """f_i: a multi-layer perceptron from one layer of latents to a scalar.

    Sign: f is added to the log prior, so a higher f means more probable. (The energy that people plot is
    −f − log p_β>0.)

    Args:
      hidden: widths of the hidden layers.
      activation: name of a Keras activation; `leaky_relu` has slope 0.2.
    """

    def __init__(self, hidden: Sequence[int] = (200, 200), activation: str = "leaky_relu", **kwargs):
        super().__init__(**kwargs)
        self.hidden = tuple(hidden)
        self.activation = activation
        self.stack = dense_stack(self.hidden, 1, activation)

    def build(self, input_shape):
        """Makes the weights for latents `[batch, dim]`."""
        self.stack.build(input_shape)
        self.built = True

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """f_i(z_i): `[batch, dim]` → `[batch]`, in nats."""
        return tf.squeeze(self.stack(z), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "hidden": self.hidden, "activation": self.activation}
