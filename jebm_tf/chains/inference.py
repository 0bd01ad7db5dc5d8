"""Samples of q(z | x), where an inference network stands in for the posterior chain."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.backbone import Traversal
from jebm_tf.models.inference import Inferred
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, Seed


@dataclasses.dataclass(frozen=True)
class InferenceSampler:
    """Draws from the model's inference network; interchangeable with `PosteriorChain` for whoever needs z given x."""

    def infer(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Inferred:
        """A reparameterised sample of q(z | x) for each image of `x`; gradients flow into q."""
        return model.infer(x, self._noise(model, x, seed))

    def traverse(self, model: JointModel, x: tf.Tensor, seed: Seed, training: bool = False) -> Traversal:
        """The same sample, with the way down again, see `Backbone.traverse`."""
        return model.backbone.traverse(x, self._noise(model, x, seed), training=training)

    def sample(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        """One sample of z for each image of `x`, `[batch, height, width, channels]`; detached from gradients."""
        return tuple(tf.stop_gradient(z) for z in self.infer(model, x, seed).z)

    def sample_with_trace(self, model: JointModel, x: tf.Tensor, seed: Seed) -> tuple[Latents, None]:
        """The same samples; there is no chain to trace."""
        return self.sample(model, x, seed), None

    def _noise(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        return tuple(
            seeds.normal([tf.shape(x)[0], dim], seeds.fold(seed, layer)) for layer, dim in enumerate(model.dims)
        )
