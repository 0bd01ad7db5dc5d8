"""Langevin samples of a prior with conditional tilting, Π exp[f_i(z_i)] p_β(z_i | z_{i+1}) / Z_i(z_{i+1}) (Sec. 3.1).

Given the layer above, a layer's density needs no normalising constant for a chain. So the whole prior is sampled from
the top down, one chain per layer; and where every layer's condition is given, as in learning, all layers move at once.
In ε-space z_i = μ_i(z_{i+1}) + σ_i(z_{i+1}) ε_i, and the target of layer i is log N(ε_i; 0, I) + f_i(z_i).
"""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.settings import ChainSettings
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.types import Latents, Seed


def sample_given(chain: ChainSettings, model: JointModel, above: Latents, seed: Seed) -> Latents:
    """z_i− ~ exp[f_i(z_i)] p_β(z_i | z_{i+1}) for every layer at once, z_{i+1} being that of `above`; detached."""
    above = tuple(tf.stop_gradient(z) for z in above)
    lower = [model.backbone.prior.conditional(i, z) for i, z in enumerate(above[1:])]
    return _run(chain, model.energies, [*lower, _standard(above[-1])], seed)


def sample_top_down(chain: ChainSettings, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
    """`batch` samples of the whole prior, z_L first; detached."""
    top = tf.zeros([batch, model.dims[-1]])
    z = _run(chain, model.energies[-1:], [_standard(top)], seeds.fold(seed, len(model.dims) - 1))
    for i in reversed(range(len(model.dims) - 1)):
        law = model.backbone.prior.conditional(i, z[0])
        z = _run(chain, model.energies[i : i + 1], [law], seeds.fold(seed, i)) + z
    return z


def _standard(like: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.zeros_like(like), tf.ones_like(like)


def _run(chain: ChainSettings, heads: list, laws: list[tuple[tf.Tensor, tf.Tensor]], seed: Seed) -> Latents:
    """Chains on the tilted Gaussians `laws`, one (mean, scale) for each of `heads`."""

    def to_latents(position: Latents) -> Latents:
        if chain.space == "z":
            return position
        return tuple(mean + scale * e for e, (mean, scale) in zip(position, laws, strict=True))

    def target(position: Latents) -> tf.Tensor:
        f = [head(z) for head, z in zip(heads, to_latents(position), strict=True)]
        frames = laws if chain.space == "z" else [(0.0, 1.0)] * len(laws)
        return tf.add_n([*f, *(normal_log_prob(z, *frame) for z, frame in zip(position, frames, strict=True))])

    start = seeds.normal_like(tuple(mean for mean, _ in laws), seeds.fold(seed, 0))
    if chain.space == "z" and chain.initial == "ancestral":
        start = tuple(mean + scale * e for e, (mean, scale) in zip(start, laws, strict=True))
    end = langevin.sample_chain(target, start, seeds.fold(seed, 1), **chain.kernel_settings())
    return tuple(tf.stop_gradient(z) for z in to_latents(end))
