"""Samples of q(z | x), where an inference network stands in for the posterior chain."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler
from jebm_tf.chains.settings import detached
from jebm_tf.models.backbones.backbone import ForwardPass
from jebm_tf.models.inference import Inferred
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed


@dataclasses.dataclass(frozen=True)
class InferenceSampler(PosteriorSampler):
    """Draws from the model's inference network; interchangeable with `PosteriorChain` for whoever needs z given x.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> network = jebm.BottomUpInference([(8, 4, 2, "same")])
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead, inference=network)
      >>> z = jebm.InferenceSampler().sample(model, tf.zeros([3, 8, 8, 1]), seed=jebm.root_seed(1))
      >>> [tuple(z_i.shape) for z_i in z]
      [(3, 4), (3, 2)]
    """

    has_density = True

    def infer(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Inferred:
        """A reparameterised sample of q(z | x) for each image of `x`; gradients flow into q."""
        return model.infer(x, self._noise(model, x, seed))

    def forward_pass(self, model: JointModel, x: tf.Tensor, seed: Seed, training: bool = False) -> ForwardPass:
        """The same sample, with the way down again, see `Backbone.forward_pass`."""
        dropout = seeds.fold(seed, Purpose.DROPOUT) if training else None
        return model.backbone.forward_pass(x, self._noise(model, x, seed), training=training, seed=dropout)

    def sample(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        """One sample of z for each image of `x`, `[batch, height, width, channels]`; detached from gradients."""
        return detached(self.infer(model, x, seed).z)

    def sample_with_log_q(self, model: JointModel, x: tf.Tensor, seed: Seed) -> tuple[Latents, tuple[tf.Tensor, ...]]:
        """The same samples, and log q of each layer at them, `[batch]` each, in nats."""
        inferred = self.infer(model, x, seed)
        return detached(inferred.z), inferred.log_prob_terms

    def _noise(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        return tuple(
            seeds.normal([tf.shape(x)[0], dim], seeds.fold(seed, layer)) for layer, dim in enumerate(model.dims)
        )
