"""What every backbone offers: all of the model but the energies, p(x | z), p_β>0(z) and, mostly, q(z | x)."""

import math
from typing import NamedTuple

import keras
import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.inference import Inferred
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.types import Latents

Laws = tuple[tuple[tf.Tensor, tf.Tensor], ...]
"""Mean and standard deviation of each layer's Gaussian, each shaped like the layer, bottom first."""


class Traversal(NamedTuple):
    """Up from an image to a sample of q, and down again.

    Attributes:
      inferred: the sample.
      laws: p_β>0's at the sample.
      output: what the likelihood reads.
    """

    inferred: Inferred
    laws: Laws
    output: tf.Tensor


class Backbone(keras.Model):
    """A multi-layer generator, with its inference network where it has one.

    Latents are vectors to everyone else, `[batch, dim]` per layer, bottom first, so that chains, scores and pictures of
    latents need not know what they are made of; a backbone whose layers are maps reshapes within.

    Attributes:
      likelihood: p(x | z) given `output(z)`.
      is_gaussian: whether p_β>0 is a hierarchy of Gaussians, with `laws` and `noise_of`.
      can_infer: whether there is a q(z | x) with a density.
      top_down: whether q draws each layer given the one above by the prior's own parameters among others, so that q has
        a gradient by them.
    """

    likelihood: Likelihood
    is_gaussian = True
    can_infer = True
    top_down = True

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of images."""
        raise NotImplementedError

    @property
    def latent_shapes(self) -> tuple[tuple[int, ...], ...]:
        """What each layer is a vector of, bottom first: (dim,), or height, width and channels of a map."""
        raise NotImplementedError

    @property
    def parts(self) -> dict[str, keras.Model]:
        """The parts by the names under which their parameters, learning rates and norms are reported."""
        raise NotImplementedError

    def transform(self, noise: Latents) -> Latents:
        """T(ε): the ancestral reparameterisation of p_β>0, z_i = μ_i(z_{>i}) + σ_i(z_{>i}) ε_i from the top down."""
        raise NotImplementedError

    def laws(self, z: Latents) -> Laws:
        """μ_i and σ_i of p(z_i | z_{>i}) for every layer, given those layers of `z` that are above it."""
        raise NotImplementedError

    def output(self, z: Latents) -> tf.Tensor:
        """What the likelihood reads, `[batch, height, width, outputs]`."""
        raise NotImplementedError

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """A sample of q(z | x) for each image, reparameterised by standard normal `noise` shaped like z.

        Args:
          x: `[batch, height, width, channels]` in [−1, 1].
          noise: one `[batch, dim]` per layer, bottom first.
        """
        raise NotImplementedError

    @property
    def closed(self) -> tuple[bool, ...]:
        """For which layers KL(q || p) is in closed form: q(z_i | ·) is Gaussian, and z_{>i} is drawn before z_i."""
        return (True,) * len(self.dims)

    def traverse(self, x: tf.Tensor, noise: Latents, training: bool = False) -> Traversal:
        """`infer`, `laws` and `output` at once; `training` is for layers that learn statistics of their inputs."""
        del training
        inferred = self.infer(x, noise)
        return Traversal(inferred, self.laws(inferred.z), self.output(inferred.z))

    def regularised(self) -> tuple[list[keras.layers.Layer], list[keras.layers.Layer]]:
        """The convolutions and the batch norms that a spectral penalty is for, see `SpectralPenalty`.

        Raises:
          ValueError: this backbone has none.
        """
        raise ValueError(f"SpectralSchedule.weight: {type(self).__name__} has no layers for a spectral penalty; set 0")

    def initialise(self, x: tf.Tensor) -> None:
        """Fits first weights to a batch of images, once, eagerly; nothing where a backbone does not ask for it."""

    def follow(self, noise: Latents) -> None:
        """Lets statistics that layers keep of their inputs follow T(ε) and its image; nothing where there are none."""

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of each layer of latents, bottom first."""
        return tuple(math.prod(shape) for shape in self.latent_shapes)

    @property
    def noise_dims(self) -> tuple[int, ...]:
        """Dimension of each layer of the noise that `transform` takes."""
        return self.dims

    def log_prior_terms(self, z: Latents, above: Latents | None = None) -> tuple[tf.Tensor, ...]:
        """log p(z_i | z_{>i}) of every layer: one `[batch]` each, in nats (Eq. 2).

        Args:
          z: where.
          above: latents whose layers are conditioned on, if they are not those of `z`.
        """
        laws = self.laws(z if above is None else above)
        return tuple(normal_log_prob(z_i, *law) for z_i, law in zip(z, laws, strict=True))

    def noise_of(self, z: Latents) -> Latents:
        """The ε with T(ε) = z, the inverse of `transform`."""
        return tuple((z_i - mean) / scale for z_i, (mean, scale) in zip(z, self.laws(z), strict=True))

    def call(self, noise: Latents) -> tf.Tensor:
        """`output` at T(ε)."""
        return self.output(self.transform(noise))
