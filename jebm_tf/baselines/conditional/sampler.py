"""Langevin samples of a prior with conditional tilting, Π exp[f_i(z_i)] p_β(z_i | z_{i+1}) / Z_i(z_{i+1}) (Sec. 3.1).

Given the layer above, a layer's density needs no normalising constant for a chain. So the whole prior is sampled from
the top down, one chain per layer; and where every layer's condition is given, as in learning, all layers move at once.
In ε-space z_i = μ_i(z_{i+1}) + σ_i(z_{i+1}) ε_i, and the target of layer i is log N(ε_i; 0, I) + f_i(z_i).
"""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.chains.settings import START, STEPS, detached
from jebm_tf.distributions import normal_log_prob
from jebm_tf.errors import UserError
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.types import Latents, Seed

_Gaussian = tuple[tf.Tensor, tf.Tensor]  # mean and standard deviation


@dataclasses.dataclass(frozen=True)
class ConditionalSampler(PriorSampler):
    """Chains layer by layer, each with the steps of `chain`.

    Attributes:
      chain: how each of them runs.

    Raises:
      ValueError: the chain has a bank, where a chain for every z+ cannot go on in the next step; or its δ adapts.
    """

    chain: PriorChain

    def __post_init__(self):
        if self.chain.bank is not None:
            raise ValueError(
                "PriorChain.bank: conditional tilting starts a chain at every z+, so no bank is kept; set it to None"
            )
        if self.chain.adaptation is not None:
            raise ValueError(
                "PriorChain.adaptation: conditional tilting has a chain for each layer, and one δ; set it to None"
            )

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of the whole prior, z_L first; detached."""
        top = tf.zeros([batch, model.dims[-1]])
        z = self._run(model.energies[-1:], [_standard(top)], seeds.fold(seed, len(model.dims) - 1))
        for i in reversed(range(len(model.dims) - 1)):
            conditional = model.backbone.prior.conditional(i, z[0])
            z = self._run(model.energies[i : i + 1], [conditional], seeds.fold(seed, i)) + z
        return z

    def negative_samples(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents:
        """z_i− ~ exp[f_i(z_i)] p_β(z_i | z_{i+1}+) for every layer at once; detached."""
        above = detached(z_posterior)
        lower = [model.backbone.prior.conditional(i, z) for i, z in enumerate(above[1:])]
        return self._run(model.energies, [*lower, _standard(above[-1])], seed)

    def move_layers(self, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed) -> Latents:
        """See `PriorSampler`: from the top down, since a layer's density given the one above does not know those below.

        Layers below one that moves follow it. Where the lowest layers move, that is the prior given the others;
        elsewhere it is what the model's own sampling would do.
        """
        for i in reversed(range(len(noise)) if self.chain.num_steps else ()):

            def target(position: Latents, i=i, noise=noise) -> tf.Tensor:
                z = model.transform((*noise[:i], position[0], *noise[i + 1 :]))
                return normal_log_prob(position[0], 0.0, 1.0) + model.energies[i](z[i])

            def moved(i=i, noise=noise, target=target) -> tf.Tensor:
                settings = self.chain.kernel_settings()
                return langevin.sample_chain(target, (noise[i],), seeds.fold(seed, i), **settings)[0]

            new = tf.cond(moving[i], moved, lambda i=i, noise=noise: noise[i])
            noise = (*noise[:i], new, *noise[i + 1 :])
        return noise

    @property
    def layer_sampler(self) -> "ConditionalSampler":
        """The same in ε-space."""
        return ConditionalSampler(self.chain.layer_sampler)

    def as_chain(self, who: str) -> PriorChain:
        """Refuses, see `PriorSampler`."""
        raise UserError(f"{who}: with conditional tilting there is a chain for each layer, not one on the whole prior")

    def _run(self, heads: list, conditionals: list[_Gaussian], seed: Seed) -> Latents:
        """Chains on the tilted Gaussians, one (mean, scale) for each of `heads`."""
        to_latents = self.chain.in_own_space(lambda z: z, lambda noise: _placed(noise, conditionals))
        frames = self.chain.in_own_space(conditionals, [(0.0, 1.0)] * len(conditionals))

        def target(position: Latents) -> tf.Tensor:
            f = [head(z) for head, z in zip(heads, to_latents(position), strict=True)]
            return tf.add_n([*f, *(normal_log_prob(z, *frame) for z, frame in zip(position, frames, strict=True))])

        start = seeds.normal_like(tuple(mean for mean, _ in conditionals), seeds.fold(seed, START))
        if self.chain.starts_through_prior:
            start = _placed(start, conditionals)
        end = langevin.sample_chain(target, start, seeds.fold(seed, STEPS), **self.chain.kernel_settings())
        return detached(to_latents(end))


def _standard(like: tf.Tensor) -> _Gaussian:
    return tf.zeros_like(like), tf.ones_like(like)


def _placed(noise: Latents, conditionals: list[_Gaussian]) -> Latents:
    return tuple(mean + scale * e for e, (mean, scale) in zip(noise, conditionals, strict=True))
