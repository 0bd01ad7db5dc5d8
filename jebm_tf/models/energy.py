"""Energy heads f_i, the layer-wise tilts of the prior (Eq. 6-7)."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models.layers import dense_stack
from jebm_tf.models.spectral import SpectralDense

_FIRST_ITERATIONS = 30  # of the power method, from its random start


@keras.saving.register_keras_serializable("jebm_tf")
class EnergyHead(keras.Model):
    """f_i: a multi-layer perceptron from one layer of latents to a scalar.

    Sign: f is added to the log prior, so a higher f means more probable. (The energy that people plot is
    −f − log p_β>0.)

    Args:
      hidden: widths of the hidden layers.
      activation: name of a Keras activation; `leaky_relu` has slope 0.2.
      spectral_norm: divide every kernel by its spectral norm, see `SpectralDense`. With activations of slope at most 1
        (leaky_relu; gelu's reaches 1.13) f then changes by at most 1 nat per unit of distance in z, as far as the norms
        are estimated well.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (200, 200),
        activation: str = "leaky_relu",
        spectral_norm: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden = tuple(hidden)
        self.activation = activation
        self.spectral_norm = spectral_norm
        self.stack = dense_stack(self.hidden, 1, activation, SpectralDense if spectral_norm else keras.layers.Dense)

    def build(self, input_shape):
        """Makes the weights for latents `[batch, dim]`."""
        self.stack.build(input_shape)
        for _ in range(_FIRST_ITERATIONS):
            self.follow()
        self.built = True

    def follow(self) -> None:
        """Lets the estimates of the spectral norms follow the kernels, by one power iteration; call it once per step.

        Never while a chain runs: its target would change under way. Does nothing without `spectral_norm`.
        """
        for layer in self.stack.layers if self.spectral_norm else ():
            layer.iterate()

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """f_i(z_i): `[batch, dim]` → `[batch]`, in nats."""
        return tf.squeeze(self.stack(z), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        names = ("hidden", "activation", "spectral_norm")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
