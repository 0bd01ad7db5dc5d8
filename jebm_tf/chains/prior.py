"""Langevin samples of the learned prior (z−)."""

import dataclasses

import tensorflow as tf

from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.conditional import sample_given, sample_top_down
from jebm_tf.chains.settings import ChainSettings
from jebm_tf.chains.targets import prior_target
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.types import Latents, Seed


@dataclasses.dataclass(frozen=True)
class PriorChain(ChainSettings):
    """Short-run Langevin dynamics on p_{α,β>0}(z) (Eq. 12-13), by default in ε-space from p_β>0.

    A model without energies is sampled exactly, by T(ε), whatever the settings: a chain could only add its bias. (With
    no steps at all a sample is the start that the settings name.) One with conditional tilting is sampled from the top
    down, with as many steps for each layer.

    Attributes:
      bank: lets the chains of learning go on from step to step; None starts them anew each time. Samples of a finished
        model start anew in any case, and after learning with a bank need more steps to get as far.
      (the others): see `ChainSettings`.
    """

    num_steps: int = 60
    step_size: float = 0.4
    bank: ChainBank | None = None

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of z, detached from gradients."""
        if model.tilting == "conditional":
            return sample_top_down(self, model, batch, seed)
        chain = self._for(model)
        return chain.run(model, prior_target(model, chain.space), batch, seed)

    def sample_with_trace(
        self, model: JointModel, batch: int | tf.Tensor, seed: Seed
    ) -> tuple[Latents, ChainTrace | None]:
        """The same samples, and the chain's trace; None for conditional tilting, where there are several chains."""
        if model.tilting == "conditional":
            return sample_top_down(self, model, batch, seed), None
        chain = self._for(model)
        return chain.run_with_trace(model, prior_target(model, chain.space), batch, seed)

    def negatives(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents:
        """z− for learning, as many as z+: prior samples, or for conditional tilting each layer given z+'s next one."""
        if model.tilting == "conditional":
            return sample_given(self, model, z_posterior, seed)
        return self.sample(model, tf.shape(z_posterior[0])[0], seed)

    def advance(self, model: JointModel, start: Latents, seed: Seed) -> Latents:
        """Where chains from `start`, in this chain's space, end: positions in the same space."""
        return langevin.sample_chain(prior_target(model, self.space), start, seed, **self.kernel_settings())

    def _for(self, model: JointModel) -> "PriorChain":
        if model.energies or not self.num_steps:
            return self
        return dataclasses.replace(self, num_steps=0, space="eps", initial="ancestral")
