"""Samples of some layers of the prior, given what the others are.

All in ε-space, z = T(ε): a layer that is held keeps its ε, one that moves gets a new ε_i from the prior given the
others, and the layers below it follow through T. So layers above k that are held stay what they are as z, which is the
"reparametrised sampling" of Eq. 20.
"""

from collections.abc import Collection

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.types import Latents, Seed

_START, _STEPS = 0, 1  # the two purposes for which a seed is split


def resample_layers(
    chain: PriorChain, model: JointModel, noise: Latents, moving: Collection[int], seed: Seed
) -> Latents:
    """z = T(ε) whose ε is new in the layers `moving`, from the prior given the rest of `noise`; detached.

    The chain's steps and δ are used in ε-space, whatever its own space. With no steps, or a model without energies, the
    new ε_i are exact samples of p_β>0. With conditional tilting a layer is drawn given the layers above it alone, from
    the top down, and those below follow: where the lowest layers move that is the same law, elsewhere it is what the
    model's own sampling would do.

    Args:
      chain: how to run.
      model: whose prior.
      noise: ε, one `[batch, dim]` per layer, bottom first; what it is in `moving` does not matter.
      moving: numbers of layers, from 0 at the bottom.
      seed: stateless seed.
    """
    fresh = seeds.normal_like(noise, seeds.fold(seed, _START))
    noise = tuple(
        tf.stop_gradient(new if i in moving else e) for i, (e, new) in enumerate(zip(noise, fresh, strict=True))
    )
    if chain.num_steps and model.energies:
        run = _one_by_one if model.tilting == "conditional" else _together
        noise = run(chain, model, noise, sorted(moving), seeds.fold(seed, _STEPS))
    return tuple(tf.stop_gradient(z) for z in model.transform(noise))


def _together(chain: PriorChain, model: JointModel, noise: Latents, moving: list[int], seed: Seed) -> Latents:
    def target(moved: Latents) -> tf.Tensor:
        log_normal = [normal_log_prob(e, 0.0, 1.0) for e in moved]
        return tf.add_n(log_normal) + model.f(model.transform(_put(noise, moving, moved)))

    if not moving:
        return noise
    end = langevin.sample_chain(target, tuple(noise[i] for i in moving), seed, **chain.kernel_settings())
    return _put(noise, moving, end)


def _one_by_one(chain: PriorChain, model: JointModel, noise: Latents, moving: list[int], seed: Seed) -> Latents:
    """Top-down: with conditional tilting a layer's density given the one above does not know those below."""
    for i in reversed(moving):

        def target(moved: Latents, i=i, noise=noise) -> tf.Tensor:
            z = model.transform(_put(noise, [i], moved))
            return normal_log_prob(moved[0], 0.0, 1.0) + model.energies[i](z[i])

        end = langevin.sample_chain(target, (noise[i],), seeds.fold(seed, i), **chain.kernel_settings())
        noise = _put(noise, [i], end)
    return noise


def _put(noise: Latents, layers: list[int], values: Latents) -> Latents:
    replaced = dict(zip(layers, values, strict=True))
    return tuple(replaced.get(i, e) for i, e in enumerate(noise))
