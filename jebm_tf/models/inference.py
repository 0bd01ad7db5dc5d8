"""Inference networks q(z | x): what they all offer, and the bottom-up conditional Gaussians of Eq. 4."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models import initial_weights as starts
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import bounded_scale, check_stages, conv_stack, dense_stack
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.types import Latents


class Inferred(NamedTuple):
    """A reparameterised sample of q(z | x) and the Gaussians that it came from; one entry per layer, bottom first.

    Attributes:
      z: the sample.
      mean, scale: of each layer given x and the layers drawn before it, shaped like the layers of `z`.
      log_q: log q of each layer at the sample, where it went from that Gaussian through a flow; None where it did not.

    Example:
      >>> z, mean, scale = (tf.zeros([3, 4]),), (tf.zeros([3, 4]),), (tf.ones([3, 4]),)
      >>> round(float(jebm.Inferred(z, mean, scale).log_prob_terms[0][0]), 3)
      -3.676
    """

    z: Latents
    mean: Latents
    scale: Latents
    log_q: tuple[tf.Tensor, ...] | None = None

    @property
    def log_prob_terms(self) -> tuple[tf.Tensor, ...]:
        """log q of each layer given x and the layers drawn before it, at the sample: `[batch]` each, in nats."""
        if self.log_q is not None:
            return self.log_q
        return tuple(normal_log_prob(*layer) for layer in zip(self.z, self.mean, self.scale, strict=True))


class Inference(keras.Model):
    """What every inference network offers.

    The shapes of images and latents come from the joint model that it is a part of, by `build_for`.

    Attributes:
      image_shape: height, width and channels of the images; empty before `build_for`.
      dims: dimension of each layer of latents, bottom first; empty before `build_for`.
      top_down: whether each layer is drawn given the layer above it, by the prior's own conditionals among others, so
        that the KL divergence is in closed form in every layer, and q has a gradient by the prior's parameters.

    Example:
      >>> network = jebm.BottomUpInference([(8, 4, 2, "same")])
      >>> isinstance(network, jebm.Inference), network.dims
      (True, ())
      >>> network.build_for((8, 8, 1), (4, 2))
      >>> network.dims
      (4, 2)
    """

    built: bool
    image_shape: tuple[int, ...] = ()
    dims: tuple[int, ...] = ()
    top_down = False

    def build_for(self, image_shape: Sequence[int], dims: Sequence[int]) -> None:
        """Makes the networks for images `[height, width, channels]` and latents of these dimensions, bottom first.

        Once: a network that goes from one joint model into another keeps its weights.

        Raises:
          ValueError: they were made for other shapes.
        """
        shapes = tuple(image_shape), tuple(dims)
        if self.built and shapes != (self.image_shape, self.dims):
            raise ValueError(
                f"{type(self).__name__} was made for images {self.image_shape} and layers {self.dims}, not {shapes}"
            )
        if not self.built:
            self.image_shape, self.dims = shapes
            self.make_networks()
            self.built = True

    def make_networks(self) -> None:
        """Makes the networks for `image_shape` and `dims`."""
        raise NotImplementedError

    def infer(self, x: tf.Tensor, noise: Latents, prior: GaussianPrior) -> Inferred:
        """A sample of q(z | x) for each image, reparameterised by `noise`, which is standard normal and shaped like z.

        Args:
          x: `[batch, height, width, channels]` in [−1, 1].
          noise: one `[batch, dim]` per layer, bottom first.
          prior: the model's, for networks that read it.
        """
        raise NotImplementedError


@keras.saving.register_keras_serializable("jebm_tf")
class BottomUpInference(Inference):
    """q(z_1 | x) Π q(z_{i+1} | z_i): convolutions from the image, then one perceptron per further layer (Eq. 4).

    Args:
      stages: one (filters, kernel, stride, padding) per convolution; a linear layer from the flattened last map to
        q(z_1 | x) follows.
      hidden: widths of the hidden layers of each q(z_{i+1} | z_i).
      activation: name of a Keras activation.
      min_scale, max_scale: bounds of q's standard deviations, see `bounded_scale`.
      initial_weights: how weights begin, see `InitialWeights`.

    Example:
      >>> network = jebm.BottomUpInference([(8, 4, 2, "same")], hidden=(16,))
      >>> network.build_for((8, 8, 1), (4, 2))
      >>> inferred = network.infer(tf.zeros([3, 8, 8, 1]), (tf.zeros([3, 4]), tf.zeros([3, 2])))
      >>> [tuple(z_i.shape) for z_i in inferred.z]
      [(3, 4), (3, 2)]
    """

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        *,
        hidden: Sequence[int] = (200, 200),
        activation: str = "leaky_relu",
        min_scale: float = 0.001,
        max_scale: float | None = 5.0,
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("BottomUpInference", initial_weights)
        self.initial_weights = initial_weights
        check_stages(type(self).__name__, stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.hidden = tuple(hidden)
        self.activation = activation
        self.min_scale = min_scale
        self.max_scale = max_scale

    def make_networks(self) -> None:
        """See `Inference`."""
        self.first = conv_stack(self.stages, 2 * self.dims[0], self.activation)
        starts.build(self.first, (None, *self.image_shape), self.initial_weights)
        self.conditional_networks = [dense_stack(self.hidden, 2 * dim, self.activation) for dim in self.dims[1:]]
        for conditional, below in zip(self.conditional_networks, self.dims[:-1], strict=True):
            starts.build(conditional, (None, below), self.initial_weights)

    def infer(self, x: tf.Tensor, noise: Latents, prior: GaussianPrior | None = None) -> Inferred:
        """A sample of q(z | x), see `Inference`; the prior is not read."""
        del prior
        z: list[tf.Tensor] = []
        means, scales = [], []
        for i, network in enumerate([self.first, *self.conditional_networks]):
            mean, raw = tf.split(network(z[-1] if z else x), 2, axis=-1)
            scale = bounded_scale(raw, self.min_scale, self.max_scale)
            z.append(mean + scale * noise[i])
            means.append(mean)
            scales.append(scale)
        return Inferred(tuple(z), tuple(means), tuple(scales))

    def get_config(self):
        """The constructor's arguments."""
        names = ("stages", "hidden", "activation", "min_scale", "max_scale", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
