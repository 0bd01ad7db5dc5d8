"""Inference networks q(z | x): bottom-up conditional Gaussians (Eq. 4)."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.layers import bounded_scale, check_stages, dense_stack
from jebm_tf.types import Latents


class Inferred(NamedTuple):
    """A reparameterised sample of q(z | x) and the Gaussians that it came from; one entry per layer, bottom first.

    Attributes:
      z: the sample.
      mean, scale: of q(z_1 | x), q(z_2 | z_1), ..., each shaped like its layer of `z`.
    """

    z: Latents
    mean: Latents
    scale: Latents

    @property
    def log_prob_terms(self) -> tuple[tf.Tensor, ...]:
        """log q(z_1 | x), log q(z_2 | z_1), ... at the sample: one `[batch]` per layer, in nats."""
        return tuple(normal_log_prob(*layer) for layer in zip(self.z, self.mean, self.scale, strict=True))


@keras.saving.register_keras_serializable("jebm_tf")
class BottomUpInference(keras.Model):
    """q(z_1 | x) Π q(z_{i+1} | z_i): convolutions from the image, then one perceptron per further layer (Eq. 4).

    The shapes of images and latents come from the joint model that it is a part of, by `build_for`.

    Args:
      stages: one (filters, kernel, stride, padding) per convolution; a linear layer from the flattened last map to
        q(z_1 | x) follows.
      hidden: widths of the hidden layers of each q(z_{i+1} | z_i).
      activation: name of a Keras activation.
      min_scale, max_scale: bounds of q's standard deviations, see `bounded_scale`.
    """

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        *,
        hidden: Sequence[int] = (200, 200),
        activation: str = "leaky_relu",
        min_scale: float = 0.001,
        max_scale: float | None = 5.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_stages(type(self).__name__, stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.hidden = tuple(hidden)
        self.activation = activation
        self.min_scale = min_scale
        self.max_scale = max_scale
        self.dims: tuple[int, ...] = ()

    def build_for(self, image_shape: Sequence[int], dims: Sequence[int]) -> None:
        """Makes the networks for images `[height, width, channels]` and latents of these dimensions, bottom first."""
        self.dims = tuple(dims)
        convolutions = [
            keras.layers.Conv2D(filters, kernel, strides=stride, padding=padding, activation=self.activation)
            for filters, kernel, stride, padding in self.stages
        ]
        last = keras.layers.Dense(2 * self.dims[0])
        self.first = keras.Sequential([*convolutions, keras.layers.Flatten(), last])
        self.first.build((None, *image_shape))
        self.conditionals = [dense_stack(self.hidden, 2 * dim, self.activation) for dim in self.dims[1:]]
        for conditional, below in zip(self.conditionals, self.dims[:-1], strict=True):
            conditional.build((None, below))
        self.built = True

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """A sample of q(z | x) for each image, reparameterised by `noise`, which is standard normal and shaped like z.

        Args:
          x: `[batch, height, width, channels]` in [−1, 1].
          noise: one `[batch, dim]` per layer, bottom first.
        """
        z, means, scales = [], [], []
        for i, network in enumerate([self.first, *self.conditionals]):
            mean, raw = tf.split(network(z[-1] if z else x), 2, axis=-1)
            scale = bounded_scale(raw, self.min_scale, self.max_scale)
            z.append(mean + scale * noise[i])
            means.append(mean)
            scales.append(scale)
        return Inferred(tuple(z), tuple(means), tuple(scales))

    def call(self, x: tf.Tensor) -> Latents:
        """The means of q, each layer given the mean of the one below."""
        zeros = tuple(tf.zeros([tf.shape(x)[0], dim]) for dim in self.dims)
        return self.infer(x, zeros).z

    def get_config(self):
        """The constructor's arguments."""
        names = ("stages", "hidden", "activation", "min_scale", "max_scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
