"""Samples of the mixture prior, and codes in the place of posterior samples."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.settings import START, detached
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, Seed


@dataclasses.dataclass(frozen=True)
class MixtureSampler(PriorSampler):
    """Draws exactly from the `MixturePrior` of an `AutoencoderBackbone`; one number more chooses the component."""

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of z, detached from gradients."""
        prior = model.backbone.prior
        noise = seeds.normal([batch, 1 + prior.dim], seeds.fold(seed, START, 0))
        return detached(prior.transform((noise,)))


@dataclasses.dataclass(frozen=True)
class Codes(PosteriorSampler):
    """Gives each image's code, whatever the seed."""

    def sample(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        """The code of each image of `x`, `[batch, height, width, channels]`; detached from gradients."""
        del seed
        return detached(model.backbone.encode(x))
