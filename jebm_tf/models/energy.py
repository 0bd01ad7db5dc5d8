"""The functions f_i of Eq. 6-7, each computed by a network called a head.

Words, here and everywhere: f is the function, and it is added to the log prior, so that a higher f means more probable.
An energy is its negative, −f − log p_β>0 up to a constant, and appears only where people plot one.
"""

import math
from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import dense_stack
from jebm_tf.models.spectral import SpectralDense

_FIRST_ITERATIONS = 30  # of the power method, from its random start


class NegativeEnergy(keras.Model):
    """What every head offers: f_i from one layer of latents to a scalar, the negative of an energy.

    Example:
      >>> class Quadratic(jebm.NegativeEnergy):
      ...     def build_for(self, shape):
      ...         self.built = True
      ...     def call(self, z):
      ...         return -tf.reduce_sum(z**2, axis=-1)
      ...
      >>> Quadratic()(tf.ones([3, 4])).numpy().tolist()
      [-4.0, -4.0, -4.0]
    """

    def build_for(self, shape: Sequence[int]) -> None:
        """Makes the weights for a layer of latents that is a vector of this shape, without the batch axis."""
        raise NotImplementedError

    def power_iteration(self) -> None:
        """What a head does once per step, after learning; nothing by default. Never while a chain runs."""

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """f_i(z_i): `[batch, dim]` → `[batch]`, in nats."""
        raise NotImplementedError


@keras.saving.register_keras_serializable("jebm_tf")
class EnergyHead(NegativeEnergy):
    """A multi-layer perceptron.

    Args:
      hidden: widths of the hidden layers.
      activation: name of a Keras activation; `leaky_relu` has slope 0.2.
      spectral_norm: divide every kernel by its spectral norm, see `SpectralDense`. With activations of slope at most 1
        (leaky_relu; gelu's reaches 1.13) f then changes by at most 1 nat per unit of distance in z, as far as the norms
        are estimated well.
      initial_weights: how weights begin, see `InitialWeights`.

    Example:
      >>> head = jebm.EnergyHead(hidden=(16,))
      >>> head.build_for((4,))
      >>> head(tf.zeros([3, 4])).shape
      TensorShape([3])
    """

    def __init__(
        self,
        hidden: Sequence[int] = (200, 200),
        activation: str = "leaky_relu",
        spectral_norm: bool = False,
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("EnergyHead", initial_weights)
        self.initial_weights = initial_weights
        self.hidden = tuple(hidden)
        self.activation = activation
        self.spectral_norm = spectral_norm
        self.stack = dense_stack(self.hidden, 1, activation, SpectralDense if spectral_norm else keras.layers.Dense)

    def build_for(self, shape: Sequence[int]) -> None:
        """Makes the weights; what the vector is made of does not matter."""
        self.build((None, math.prod(shape)))

    def build(self, input_shape):
        """Makes the weights for latents `[batch, dim]`."""
        starts.build(self.stack, input_shape, self.initial_weights)
        for _ in range(_FIRST_ITERATIONS):
            self.power_iteration()
        self.built = True

    def power_iteration(self) -> None:
        """Lets the estimates of the spectral norms follow the kernels, by one power iteration; call it once per step.

        Never while a chain runs: its target would change under way. Does nothing without `spectral_norm`.
        """
        for layer in self.stack.layers if self.spectral_norm else ():
            layer.power_iteration()

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """f_i(z_i): `[batch, dim]` → `[batch]`, in nats."""
        return tf.squeeze(self.stack(z), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        names = ("hidden", "activation", "spectral_norm", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("jebm_tf")
class ConvEnergyHead(NegativeEnergy):
    """Convolutions that halve a map of latents down to a side of 4, then a perceptron (the paper's, on NVAE).

    A map of side h goes through log2(h) − 2 convolutions and as many hidden layers; one of the latter where h ≤ 4.

    Args:
      channels: of each 4x4 convolution of stride 2.
      hidden: width of each hidden layer.
      activation: name of a Keras activation; `leaky_relu` has slope 0.2.
      initial_weights: how weights begin, see `InitialWeights`.

    Example:
      >>> head = jebm.ConvEnergyHead(channels=8, hidden=16)
      >>> head.build_for((8, 8, 2))
      >>> head(tf.zeros([3, 8 * 8 * 2])).shape
      TensorShape([3])
    """

    def __init__(
        self,
        channels: int = 64,
        hidden: int = 200,
        activation: str = "leaky_relu",
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("ConvEnergyHead", initial_weights)
        self.initial_weights = initial_weights
        self.channels = channels
        self.hidden = hidden
        self.activation = activation

    def build_for(self, shape: Sequence[int]) -> None:
        """Makes the weights for maps of height, width and channels; a vector is a map of one place."""
        self.map_shape = (1, 1, *shape)[-3:]
        halvings = max(min(self.map_shape[:2]).bit_length() - 3, 0)
        convolutions = [
            keras.layers.Conv2D(self.channels, 4, strides=2, padding="same", activation=self.activation)
            for _ in range(halvings)
        ]
        dense = [keras.layers.Dense(self.hidden, activation=self.activation) for _ in range(max(halvings, 1))]
        self.stack = keras.Sequential([*convolutions, keras.layers.Flatten(), *dense, keras.layers.Dense(1)])
        starts.build(self.stack, (None, *self.map_shape), self.initial_weights)
        self.built = True

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """f_i(z_i): `[batch, dim]` → `[batch]`, in nats."""
        return tf.squeeze(self.stack(tf.reshape(z, [-1, *self.map_shape])), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        names = ("channels", "hidden", "activation", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
