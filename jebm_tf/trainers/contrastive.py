"""Noise-contrastive priors (Aneja et al. 2021): an auto-encoder, then a classifier that reweights its prior."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.resampling import ImportanceResampler
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.contrastive import contrastive_terms
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions

_POSTERIOR, _PRIOR = 0, 1  # the shares of a step's seed
_BACKBONE = ("generator", "prior", "inference", "likelihood")


class ContrastiveTrainer(Trainer):
    """Learns generator, Gaussian prior and q by the ELBO; then, these frozen, f = log q(z) − log p_β>0(z) (NCP-VAE).

    In the second stage f is the logit of a binary classifier between z ~ q(z | x), over training images, and z ~ p_β>0.
    The model is then exp(f) p_β>0 as ours is, but f was never learned against its own samples. In the first stage it is
    sampled as the auto-encoder that it is then.

    Args:
      model: what is learned; has an inference network and energies.
      optimizer: over the model's parts.
      first_stage_steps: length of the first stage; the rest of the run is the second.
      prior_sampler: draws from exp(f) p_β>0 once f is there; by importance resampling, or by Langevin chains.
      options: what a step does besides.
      seed: the run's seed.

    Raises:
      ValueError: the model lacks one of these parts or is tilted conditionally, or the first stage has no steps.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        first_stage_steps: int,
        prior_sampler: ImportanceResampler | PriorChain = ImportanceResampler(),
        *,
        options: StepOptions = StepOptions(),
        seed: int = 0,
    ):
        if not model.backbone.can_infer or not model.energies:
            raise ValueError("ContrastiveTrainer needs ShallowBackbone.inference and JointModel.energies")
        if model.tilting == "conditional":
            raise ValueError("ContrastiveTrainer learns f as a tilt of the whole prior: JointModel.tilting = 'joint'")
        if first_stage_steps < 1:
            raise ValueError(f"ContrastiveTrainer.first_stage_steps = {first_stage_steps}: must be 1 or more")
        names = ["elbo", "log_likelihood", "mse", "contrast", "accuracy", "f/posterior", "f/prior"]
        names += [f"kl/{i}" for i in range(1, len(model.dims) + 1)]
        super().__init__(model, optimizer, PriorChain(num_steps=0), names, options=options, seed=seed)
        self.boundaries = (first_stage_steps,)
        heads = [v for name, part in model.parts.items() if name not in _BACKBONE for v in part.trainable_variables]
        optimizer.begin_at(first_stage_steps, heads)
        self._samplers = (PriorChain(num_steps=0), prior_sampler)
        self.enter_stage()

    def enter_stage(self) -> None:
        """Lets the stage's own parts learn and freezes the others."""
        for name, part in self.model.parts.items():
            part.trainable = (name in _BACKBONE) == (self.stage == 0)
        self.prior_chain = self._samplers[self.stage]

    @property
    def posterior(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        return self._second(x) if self.stage else self._first(x)

    def _first(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            inferred = self.posterior.infer(self.model, x, seeds.fold(self.step_seed(), _POSTERIOR))
            terms = variational_terms(self.model, x, inferred, None)
            objective = tf.reduce_mean(terms.elbo)
        norms = self.ascend(tape, dict.fromkeys([n for n in self.model.parts if n in _BACKBONE], objective))
        means = {"log_likelihood": terms.learning.log_likelihood, "mse": terms.learning.squared_error}
        means |= {f"kl/{i}": kl for i, kl in enumerate(terms.kl, start=1)}
        return self.report({name: tf.reduce_mean(v) for name, v in means.items()} | {"elbo": objective} | norms)

    def _second(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        seed = self.step_seed()
        z_posterior = self.posterior.sample(self.model, x, seeds.fold(seed, _POSTERIOR))
        z_prior = PriorChain(num_steps=0).sample(self.model, tf.shape(x)[0], seeds.fold(seed, _PRIOR))
        with tf.GradientTape() as tape:
            terms = contrastive_terms(self.model, z_posterior, z_prior)
            contrast = tf.reduce_mean(terms.objective)
            penalty = tf.reduce_mean(tf.square(terms.f_posterior) + tf.square(terms.f_prior))
            objective = contrast - self.options.energy_penalty * penalty
        norms = self.ascend(tape, dict.fromkeys([n for n in self.model.parts if n not in _BACKBONE], objective))
        means = {"f/posterior": terms.f_posterior, "f/prior": terms.f_prior, "accuracy": terms.accuracy}
        means = {name: tf.reduce_mean(value) for name, value in means.items()}
        return self.report(means | {"contrast": contrast} | norms)
