"""Langevin samples of the posterior p(z | x) (z+)."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler
from jebm_tf.chains.settings import STEPS, ChainSettings, Space, detached
from jebm_tf.chains.targets import posterior_in_noise, posterior_in_z
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.types import Latents, LogDensity, Seed


@dataclasses.dataclass(frozen=True)
class PosteriorChain(ChainSettings, PosteriorSampler):
    """Short-run Langevin dynamics on p(z | x) (Eq. 12, 14), by default in z-space from p_β>0.

    Attributes:
      climb: the weight of Σ f in the target; 0 is the posterior of the backbone alone, 1 the model's. None is 1, and in
        a trainer what its `LearningRule` says.
      (the others): see `ChainSettings`.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> z = jebm.PosteriorChain(num_steps=2).sample(model, tf.zeros([3, 8, 8, 1]), seed=jebm.root_seed(1))
      >>> [tuple(z_i.shape) for z_i in z]
      [(3, 4), (3, 2)]
    """

    num_steps: int = 40
    step_size: float = 0.1
    space: Space = "z"
    climb: float | tf.Variable | None = None

    def sample(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        """One sample of z for each image of `x`, `[batch, height, width, channels]`; detached from gradients."""
        target = self._target(model, x)
        start = self.start(model, tf.shape(x)[0], seed)
        end = langevin.sample_chain(target, start, seeds.fold(seed, STEPS), **self.kernel_settings())
        return detached(self.to_latents(model, end))

    def sample_with_trace(self, model: JointModel, x: tf.Tensor, seed: Seed) -> tuple[Latents, ChainTrace]:
        """The same samples, and the chain's trace."""
        return self.run_with_trace(model, self._target(model, x), tf.shape(x)[0], seed)

    def _target(self, model: JointModel, x: tf.Tensor) -> LogDensity:
        climb = 1.0 if self.climb is None else self.climb
        return self.in_own_space(posterior_in_z, posterior_in_noise)(model, x, climb)
