"""The generator network g: latents of the bottom layer to an image."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import check_stages
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.models.point_convolution import PointConv2DTranspose


@keras.saving.register_keras_serializable("jebm_tf")
class Generator(keras.Model):
    """g(z_1): a stack of transposed convolutions from a 1x1 map of `latent_dim` channels to what a likelihood reads.

    How many channels come out, and by which activation, is the likelihood's to say, once the two meet (`build_for`).

    Args:
      stages: one (filters, kernel, stride, padding) per transposed convolution; the last one's filters are the
        image's channels.
      latent_dim: dimension of z_1.
      activation: name of the Keras activation between stages.
      initial_weights: how weights begin, see `InitialWeights`.

    Attributes:
      outputs: channels of the output, as many as the image has before `build_for`.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> generator.image_shape
      (8, 8, 1)
      >>> generator.build_for(jebm.GaussianLikelihood())
      >>> generator(tf.zeros([3, 4])).shape
      TensorShape([3, 8, 8, 1])
    """

    built: bool

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        latent_dim: int = 100,
        activation: str = "leaky_relu",
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_stages("Generator", stages)
        starts.check("Generator", initial_weights)
        self.initial_weights = initial_weights
        self.stages = tuple((filters, kernel, stride, padding) for filters, kernel, stride, padding in stages)
        self.latent_dim = latent_dim
        self.activation = activation
        self.outputs = self.stages[-1][0]
        self.stack = keras.Sequential(
            [
                (keras.layers.Conv2DTranspose if i else PointConv2DTranspose)(
                    filters, kernel, strides=stride, padding=padding, activation=activation
                )
                for i, (filters, kernel, stride, padding) in enumerate(self.stages)
            ]
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the images made."""
        height, width = self.stack.compute_output_shape((None, 1, 1, self.latent_dim))[1:3]
        return height, width, self.stages[-1][0]

    def build_for(self, likelihood: Likelihood) -> None:
        """Makes the weights, with an output as `likelihood` reads it.

        Once: a generator that goes from one backbone into another keeps its weights.

        Raises:
          ValueError: they were made for another kind of output.
        """
        wanted = likelihood.outputs(self.image_shape[-1]), keras.activations.get(likelihood.output_activation)
        last = self.stack.layers[-1]
        if not self.built:
            self.outputs = last.filters = wanted[0]
            last.activation = wanted[1]
            starts.build(self.stack, (None, 1, 1, self.latent_dim), self.initial_weights)
            self.built = True
        elif (last.filters, last.activation) != wanted:
            raise ValueError(f"Generator makes {last.filters} outputs, {type(likelihood).__name__} reads {wanted[0]}")

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """`[batch, latent_dim]` → `[batch, height, width, outputs]`."""
        return self.stack(z[:, tf.newaxis, tf.newaxis, :])

    def get_config(self):
        """The constructor's arguments."""
        names = ("stages", "latent_dim", "activation", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
