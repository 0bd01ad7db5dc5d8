"""Samples of some layers of the prior, given what the others are.

All in ε-space, z = T(ε): a layer that is held keeps its ε, one that moves gets a new ε_i from the prior given the
others, and the layers below it follow through T. So layers above k that are held stay what they are as z, which is the
"reparametrised sampling" of Eq. 20.
"""

from collections.abc import Sequence

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.types import Latents, Seed

_START, _STEPS = 0, 1  # the two purposes for which a seed is split


def resample_layers(
    chain: PriorChain, model: JointModel, noise: Latents, moving: Sequence[bool] | tf.Tensor, seed: Seed
) -> Latents:
    """z = T(ε) whose ε is new in the layers that move, from the prior given the rest of `noise`; detached.

    The chain's steps and δ are used in ε-space, whatever its own space. With no steps, or a model without energies, the
    new ε_i are exact samples of p_β>0. With conditional tilting a layer is drawn given the layers above it alone, from
    the top down, and those below follow: where the lowest layers move that is the same law, elsewhere it is what the
    model's own sampling would do.

    Args:
      chain: how to run.
      model: whose prior.
      noise: ε, one `[batch, dim]` per layer, bottom first; what it is in layers that move does not matter.
      moving: which move, bool `[layers]`. A tensor, so that one graph serves every choice: in a hierarchy of thirty
        layers there are many, and each would be compiled by itself.
      seed: stateless seed.
    """
    moving = tf.unstack(tf.convert_to_tensor(moving, tf.bool), num=len(noise))
    fresh = seeds.normal_like(noise, seeds.fold(seed, _START))
    noise = tuple(tf.stop_gradient(e) for e in _mixed(moving, fresh, noise))
    if chain.num_steps and model.energies:
        run = _one_by_one if model.tilting == "conditional" else _together
        noise = run(chain, model, noise, moving, seeds.fold(seed, _STEPS))
    return tuple(tf.stop_gradient(z) for z in model.transform(noise))


def _together(chain: PriorChain, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed) -> Latents:
    """One chain over all layers; where a layer is held its target is flat, and what the chain does there is dropped."""

    def target(position: Latents) -> tf.Tensor:
        log_normal = [
            tf.where(moves, normal_log_prob(e, 0.0, 1.0), 0.0) for moves, e in zip(moving, position, strict=True)
        ]
        return tf.add_n(log_normal) + model.f(model.transform(_mixed(moving, position, noise)))

    return _mixed(moving, langevin.sample_chain(target, noise, seed, **chain.kernel_settings()), noise)


def _one_by_one(chain: PriorChain, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed) -> Latents:
    """Top-down: with conditional tilting a layer's density given the one above does not know those below."""
    for i in reversed(range(len(noise))):

        def target(position: Latents, i=i, noise=noise) -> tf.Tensor:
            z = model.transform((*noise[:i], position[0], *noise[i + 1 :]))
            return normal_log_prob(position[0], 0.0, 1.0) + model.energies[i](z[i])

        def moved(i=i, noise=noise, target=target) -> tf.Tensor:
            return langevin.sample_chain(target, (noise[i],), seeds.fold(seed, i), **chain.kernel_settings())[0]

        new = tf.cond(moving[i], moved, lambda i=i, noise=noise: noise[i])
        noise = (*noise[:i], new, *noise[i + 1 :])
    return noise


def _mixed(moving: list[tf.Tensor], new: Latents, held: Latents) -> Latents:
    return tuple(tf.where(moves, a, b) for moves, a, b in zip(moving, new, held, strict=True))
