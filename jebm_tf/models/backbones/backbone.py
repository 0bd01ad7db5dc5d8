"""What every backbone offers: all of the model but the energies, p(x | z), p_β>0(z) and, mostly, q(z | x)."""

import math
from typing import NamedTuple

import keras
import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.inference import Inferred
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.types import Latents, Seed

Conditionals = tuple[tuple[tf.Tensor, tf.Tensor], ...]
"""Mean and standard deviation of each layer's Gaussian, each shaped like the layer, bottom first."""


class ForwardPass(NamedTuple):
    """From an image up to a sample of q, and down to an image again.

    Attributes:
      inferred: the sample.
      conditionals: p_β>0's at the sample.
      output: what the likelihood reads.
    """

    inferred: Inferred
    conditionals: Conditionals
    output: tf.Tensor


class Backbone(keras.Model):
    """A multi-layer generator, with its inference network where it has one.

    Latents are vectors to everyone else, `[batch, dim]` per layer, bottom first, so that chains, scores and pictures of
    latents need not know what they are made of; a backbone whose layers are maps reshapes within.

    A subclass sets `likelihood`, `image_shape` and `latent_shapes`, makes all weights in its constructor, and defines
    `conditional`, `decoder_output` and, for variational learning, `infer`. One in which layers share computations
    defines `conditionals` and `transform` in place of `conditional`.

    Attributes:
      likelihood: p(x | z) given `decoder_output(z)`.
      image_shape: height, width and channels of images.
      latent_shapes: what each layer is a vector of, bottom first: (dim,), or height, width and channels of a map.
      top_down: whether q draws each layer given the one above by the prior's own parameters among others, so that q has
        a gradient by them.

    Example:
      >>> class Identity(jebm.Backbone):
      ...     latent_shapes = ((4,),)
      ...     def conditionals(self, z):
      ...         return ((tf.zeros_like(z[0]), tf.ones_like(z[0])),)
      ...
      >>> Identity().dims
      (4,)
      >>> Identity().log_prior_terms((tf.zeros([3, 4]),))[0].shape
      TensorShape([3])
    """

    likelihood: Likelihood
    image_shape: tuple[int, int, int]
    latent_shapes: tuple[tuple[int, ...], ...]
    top_down = True

    def build(self, input_shape=None):
        """Makes the likelihood's weights; the backbone's own are made by its constructor."""
        self.likelihood.build_for(self.image_shape)
        self.built = True

    def require_reparameterisation(self, who: str) -> None:
        """Checks that p_β>0 is a hierarchy of Gaussians with `transform`, `conditionals` and `noise_of`.

        Raises:
          UserError: it is not, and `who` needs it.
        """

    def require_inference(self, who: str) -> None:
        """Checks that there is a q(z | x) with a density.

        Raises:
          ValueError: there is none, and `who` needs it.
        """
        if type(self).infer is Backbone.infer:
            raise ValueError(f"{who} needs q(z | x), but {type(self).__name__} does not define infer")

    @property
    def parts(self) -> dict[str, keras.Model]:
        """The parts by the names under which their parameters, learning rates and norms are reported.

        By default the models that are attributes and have weights, by the names of these, in the order they were set.
        """
        return {name: part for name, part in vars(self).items() if isinstance(part, keras.Model) and part.variables}

    def conditional(self, layer: int, above: Latents) -> tuple[tf.Tensor, tf.Tensor]:
        """μ and σ of p(z_i | z_{>i}), each shaped like z_i, for a layer below the top, whose p is N(0, I).

        Args:
          layer: the layer's number, from 0 at the bottom.
          above: the layers above it, bottom first.
        """
        raise NotImplementedError

    def transform(self, noise: Latents) -> Latents:
        """T(ε): the ancestral reparameterisation of p_β>0, z_i = μ_i(z_{>i}) + σ_i(z_{>i}) ε_i from the top down."""
        z: Latents = (noise[-1],)
        for layer in reversed(range(len(noise) - 1)):
            mean, scale = self.conditional(layer, z)
            z = (mean + scale * noise[layer], *z)
        return z

    def conditionals(self, z: Latents) -> Conditionals:
        """μ_i and σ_i of p(z_i | z_{>i}) for every layer, given those layers of `z` that are above it."""
        lower = (self.conditional(layer, tuple(z[layer + 1 :])) for layer in range(len(z) - 1))
        return (*lower, (tf.zeros_like(z[-1]), tf.ones_like(z[-1])))

    def decoder_output(self, z: Latents) -> tf.Tensor:
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
    def has_analytic_kl(self) -> tuple[bool, ...]:
        """For which layers KL(q || p) is in closed form: q(z_i | ·) is Gaussian, and z_{>i} is drawn before z_i.

        By default all layers of a top-down q; else the top one, whose prior is given nothing.
        """
        return (self.top_down,) * (len(self.dims) - 1) + (True,)

    def forward_pass(
        self, x: tf.Tensor, noise: Latents, training: bool = False, seed: Seed | None = None
    ) -> ForwardPass:
        """`infer`, `conditionals` and `decoder_output` at once.

        Args:
          x: `[batch, height, width, channels]` in [−1, 1].
          noise: one `[batch, dim]` per layer, bottom first.
          training: for layers that keep statistics, or are random in training.
          seed: of what is random in training, such as dropout; without one nothing is.
        """
        del training, seed
        inferred = self.infer(x, noise)
        return ForwardPass(inferred, self.conditionals(inferred.z), self.decoder_output(inferred.z))

    def spectral_layers(self) -> tuple[list[keras.layers.Layer], list[keras.layers.Layer]]:
        """The convolutions and the batch norms that a spectral penalty is for, see `SpectralPenalty`; here none."""
        return [], []

    def initialise(self, x: tf.Tensor, seed: Seed) -> None:
        """Fits first weights to a batch of images, once, eagerly; nothing where a backbone does not ask for it.

        Args:
          x: `[batch, height, width, channels]` in [−1, 1].
          seed: of what is drawn on the way.
        """

    def update_statistics(self, noise: Latents) -> None:
        """Moves statistics that layers keep of their inputs towards those of T(ε); nothing where there are none."""

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of each layer of latents, bottom first."""
        return tuple(math.prod(shape) for shape in self.latent_shapes)

    def log_prior_terms(self, z: Latents) -> tuple[tf.Tensor, ...]:
        """log p(z_i | z_{>i}) of every layer: one `[batch]` each, in nats (Eq. 2)."""
        conditionals = self.conditionals(z)
        return tuple(normal_log_prob(z_i, *conditional) for z_i, conditional in zip(z, conditionals, strict=True))

    def noise_of(self, z: Latents) -> Latents:
        """The ε with T(ε) = z, the inverse of `transform`."""
        return tuple((z_i - mean) / scale for z_i, (mean, scale) in zip(z, self.conditionals(z), strict=True))

    def call(self, noise: Latents) -> tf.Tensor:
        """`decoder_output` at T(ε)."""
        return self.decoder_output(self.transform(noise))
