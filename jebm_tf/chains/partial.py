"""Samples of some layers of the prior, given what the others are.

All in ε-space, z = T(ε): a layer that is held keeps its ε, one that moves gets a new ε_i from the prior given the
others, and the layers below it follow through T. So layers above k that are held stay what they are as z, which is the
"reparametrised sampling" of Eq. 20.
"""

from collections.abc import Sequence

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.chains.settings import START, STEPS, ChainSettings, detached
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.types import Latents, Seed


def resample_layers(
    sampler: PriorSampler, model: JointModel, noise: Latents, moving: Sequence[bool] | tf.Tensor, seed: Seed
) -> Latents:
    """z = T(ε) whose ε is new in the layers that move, from the prior given the rest of `noise`; detached.

    With no steps, or a model without energies, the new ε_i are exact samples of p_β>0.

    Args:
      sampler: how, see its `move_layers`.
      model: whose prior.
      noise: ε, one `[batch, dim]` per layer, bottom first; what it is in layers that move does not matter.
      moving: which move, bool `[layers]`. A tensor, so that one graph serves every choice: in a hierarchy of thirty
        layers there are many, and each would be compiled by itself.
      seed: stateless seed.
    """
    moving = tf.unstack(tf.convert_to_tensor(moving, tf.bool), num=len(noise))
    fresh = seeds.normal_like(noise, seeds.fold(seed, START))
    start = detached(mixed(moving, fresh, noise))
    return detached(model.transform(sampler.move_layers(model, start, moving, seeds.fold(seed, STEPS))))


def move_together(
    chain: ChainSettings, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed
) -> Latents:
    """One chain over all layers; where a layer is held its target is flat, and what the chain does there is dropped."""
    model.tilting.require_joint("a chain on several layers of the prior")

    def target(position: Latents) -> tf.Tensor:
        log_normal = [
            tf.where(moves, normal_log_prob(e, 0.0, 1.0), 0.0) for moves, e in zip(moving, position, strict=True)
        ]
        return tf.add_n(log_normal) + model.f(model.transform(mixed(moving, position, noise)))

    return mixed(moving, langevin.sample_chain(target, noise, seed, **chain.kernel_settings()), noise)


def mixed(moving: list[tf.Tensor], new: Latents, held: Latents) -> Latents:
    """Each layer from `new` where it moves, from `held` elsewhere."""
    return tuple(tf.where(moves, a, b) for moves, a, b in zip(moving, new, held, strict=True))
