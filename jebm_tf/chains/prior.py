"""Langevin samples of the learned prior (z−)."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.partial import move_together
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.chains.settings import STEPS, ChainSettings, detached
from jebm_tf.chains.targets import prior_in_noise, prior_in_z
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.types import Latents, Seed


@dataclasses.dataclass(frozen=True)
class PriorChain(ChainSettings, PriorSampler):
    """Short-run Langevin dynamics on p_{α,β>0}(z) (Eq. 12-13), by default in ε-space from p_β>0.

    A model without energies is sampled exactly, by T(ε), whatever the settings: a chain could only add its bias. (With
    no steps at all a sample is the start that the settings name.)

    Attributes:
      bank: lets the chains of learning go on from step to step; None starts them anew each time. Samples of a finished
        model start anew in any case, and after learning with a bank need more steps to get as far: `num_steps` is
        theirs, `ChainBank.num_steps` that of learning.
      adaptation: lets δ follow what steps are accepted while f learns, from `step_size` on; None keeps it. A finished
        model is sampled with the δ that was learned, and with `step_size` again where this is None.
      (the others): see `ChainSettings`.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> z = jebm.PriorChain(num_steps=2).sample(model, 3, seed=jebm.root_seed(1))
      >>> [tuple(z_i.shape) for z_i in z]
      [(3, 4), (3, 2)]
      >>> model.decode(z).shape
      TensorShape([3, 8, 8, 1])
    """

    num_steps: int = 60
    step_size: float | tf.Variable = 0.4
    bank: ChainBank | None = None
    adaptation: StepAdaptation | None = None

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of z, detached from gradients."""
        chain = self._for(model)
        start = chain.start(model, batch, seed)
        return detached(chain.to_latents(model, chain.advance(model, start, seeds.fold(seed, STEPS))))

    def negative_samples(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents | None:
        """z− for learning, as many as z+; None for a model without energies, whose prior is normalised."""
        return self.sample(model, tf.shape(z_posterior[0])[0], seed) if model.energies else None

    def sample_with_trace(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> tuple[Latents, ChainTrace]:
        """The same samples, and the chain's trace."""
        chain = self._for(model)
        return chain.run_with_trace(model, chain.in_own_space(prior_in_z, prior_in_noise)(model), batch, seed)

    def advance(self, model: JointModel, start: Latents, seed: Seed) -> Latents:
        """Where chains from `start`, in this chain's space, end: positions in the same space."""
        target = self.in_own_space(prior_in_z, prior_in_noise)(model)
        return langevin.sample_chain(target, start, seed, **self.kernel_settings())

    def advance_with_acceptance(self, model: JointModel, start: Latents, seed: Seed) -> tuple[Latents, tf.Tensor]:
        """The same, and the acceptance probability of each step, `[K, batch]`, at the cost of one gradient more."""
        target = self.in_own_space(prior_in_z, prior_in_noise)(model)
        end, trace = langevin.sample_chain_with_trace(target, start, seed, **self.kernel_settings())
        return end, trace.acceptance

    def move_layers(self, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed) -> Latents:
        """See `PriorSampler`: one chain on all layers that move, in ε-space whatever this chain's own space."""
        return move_together(self, model, noise, moving, seed) if self.num_steps and model.energies else noise

    @property
    def layer_sampler(self) -> "PriorChain":
        """The same chain in ε-space."""
        return dataclasses.replace(self, space="eps", initial="ancestral")

    def in_learning(self) -> "PriorChain":
        """The same chain with the number of steps that it takes in a step of learning."""
        steps = self.num_steps if self.bank is None or self.bank.num_steps is None else self.bank.num_steps
        return dataclasses.replace(self, num_steps=steps)

    def as_chain(self, who: str) -> "PriorChain":
        """Itself."""
        return self

    def _for(self, model: JointModel) -> "PriorChain":
        if model.energies or not self.num_steps:
            return self
        return dataclasses.replace(self, num_steps=0, space="eps", initial="ancestral")
