"""The generator network g: latents of the bottom layer to an image."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models.layers import check_stages


@keras.saving.register_keras_serializable("jebm_tf")
class Generator(keras.Model):
    """g(z_1): a stack of transposed convolutions from a 1x1 map of `latent_dim` channels to an image in [−1, 1].

    Args:
      stages: one (filters, kernel, stride, padding) per transposed convolution; the last one's filters are the
        image's channels.
      latent_dim: dimension of z_1.
      activation: name of the Keras activation between stages.
      outputs: channels of the output, where the likelihood needs others than the image's; None for the image's.
      output_activation: name of the last activation; the likelihood says which it needs.
    """

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        latent_dim: int = 100,
        activation: str = "leaky_relu",
        outputs: int | None = None,
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_stages("Generator", stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.latent_dim = latent_dim
        self.activation = activation
        self.outputs = outputs or self.stages[-1][0]
        self.output_activation = output_activation
        layers = [(*stage, activation) for stage in self.stages]
        layers[-1] = (self.outputs, *self.stages[-1][1:], output_activation)
        self.stack = keras.Sequential(
            [
                keras.layers.Conv2DTranspose(filters, kernel, strides=stride, padding=padding, activation=act)
                for filters, kernel, stride, padding, act in layers
            ]
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the images made."""
        height, width = self.stack.compute_output_shape((None, 1, 1, self.latent_dim))[1:3]
        return height, width, self.stages[-1][0]

    def build(self, input_shape=None):
        """Makes the weights; the shapes follow from `stages` and `latent_dim`."""
        self.stack.build((None, 1, 1, self.latent_dim))
        self.built = True

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """`[batch, latent_dim]` → `[batch, height, width, outputs]`."""
        return self.stack(z[:, tf.newaxis, tf.newaxis, :])

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "stages": self.stages,
            "latent_dim": self.latent_dim,
            "activation": self.activation,
            "outputs": self.outputs,
            "output_activation": self.output_activation,
        }
