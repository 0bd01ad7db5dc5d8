"""A deterministic encoder, for autoencoders without noise."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import check_stages, conv_stack


@keras.saving.register_keras_serializable("jebm_tf")
class Encoder(keras.Model):
    """z_1 = E(x), for one layer of latents.

    Args:
      stages: one (filters, kernel, stride, padding) per convolution; a linear layer from the flat map follows.
      activation: name of a Keras activation.
      initial_weights: how weights begin, see `InitialWeights`.
    """

    built: bool

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        activation: str = "leaky_relu",
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("Encoder", initial_weights)
        self.initial_weights = initial_weights
        check_stages(type(self).__name__, stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.activation = activation

    def build_for(self, image_shape: Sequence[int], dim: int) -> None:
        """Makes the weights for images `[height, width, channels]` and codes of `dim` numbers, once."""
        if not self.built:
            self.stack = conv_stack(self.stages, dim, self.activation)
            starts.build(self.stack, (None, *image_shape), self.initial_weights)
            self.built = True

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """`[batch, height, width, channels]` → the code of each image, `[batch, dim]`."""
        return self.stack(x)

    def get_config(self):
        """The constructor's arguments."""
        names = ("stages", "activation", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
