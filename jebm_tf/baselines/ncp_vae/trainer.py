"""Noise-contrastive priors (Aneja et al. 2021): an auto-encoder, then a classifier that reweights its prior."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.ncp_vae.objective import contrastive_terms
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.baselines.stages import StagedTrainer
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions

_POSTERIOR, _PRIOR = 0, 1  # the shares of a step's seed


class ContrastiveTrainer(StagedTrainer):
    """Learns generator, Gaussian prior and q by the ELBO; then, these frozen, f = log q(z) − log p_β>0(z) (NCP-VAE).

    In the second stage f is the logit of a binary classifier between z ~ q(z | x), over training images, and z ~ p_β>0.
    The model is then exp(f) p_β>0 as ours is, but f was never learned against its own samples. In the first stage it is
    sampled as the auto-encoder that it is then.

    Args:
      model: what is learned; has an inference network and energies.
      optimizer: over the model's parts.
      first_stage_share: the share of the run that is its first stage; the rest is the second.
      prior_sampler: draws from exp(f) p_β>0 once f is there; by importance resampling, or by Langevin chains.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model lacks one of these parts or is tilted conditionally, or the share is not between 0 and 1.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        first_stage_share: float = 0.5,
        prior_sampler: PriorSampler = ImportanceResampler(),
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.backbone.require_inference("ContrastiveTrainer")
        model.tilting.require_joint("ContrastiveTrainer")
        if not model.energies:
            raise ValueError("ContrastiveTrainer needs JointModel.energies")
        names = ["elbo", "log_likelihood", "mse", "contrast", "accuracy", "f/posterior", "f/prior"]
        names += [f"kl/{i}" for i in range(1, len(model.dims) + 1)]
        super().__init__(model, optimizer, PriorChain(num_steps=0), names, options=options, length=length, seed=seed)
        first_stage_steps = self.begin_second_stage(first_stage_share)
        heads = [v for part in model.energy_parts.values() for v in part.trainable_variables]
        optimizer.begin_at(first_stage_steps, heads)
        self._samplers = (PriorChain(num_steps=0), prior_sampler)
        self.enter_stage()

    def enter_stage(self) -> None:
        """Lets the stage's own parts learn and freezes the others."""
        for part in self.model.backbone.parts.values():
            part.trainable = self.stage == 0
        for head in self.model.energies:
            head.trainable = self.stage > 0
        self.prior_sampler = self._samplers[self.stage]

    @property
    def posterior_sampler(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        return self._second(x) if self.stage else self._first(x)

    def _first(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            inferred = self.posterior_sampler.infer(self.model, x, seeds.fold(self.step_seed(x), _POSTERIOR))
            terms = variational_terms(self.model, x, inferred, None)
            objective = tf.reduce_mean(terms.elbo)
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.backbone.parts, objective))
        means = {"log_likelihood": terms.learning.log_likelihood, "mse": terms.learning.squared_error}
        means |= {f"kl/{i}": kl for i, kl in enumerate(terms.kl, start=1)}
        return self.report({name: tf.reduce_mean(v) for name, v in means.items()} | {"elbo": objective} | norms)

    def _second(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        seed = self.step_seed(x)
        z_posterior = self.posterior_sampler.sample(self.model, x, seeds.fold(seed, _POSTERIOR))
        z_prior = PriorChain(num_steps=0).sample(self.model, tf.shape(x)[0], seeds.fold(seed, _PRIOR))
        with tf.GradientTape() as tape:
            terms = contrastive_terms(self.model, z_posterior, z_prior)
            contrast = tf.reduce_mean(terms.objective)
            penalty = tf.reduce_mean(tf.square(terms.f_posterior) + tf.square(terms.f_prior))
            objective = contrast - self.options.energy_penalty * penalty
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.energy_parts, objective))
        means = {"f/posterior": terms.f_posterior, "f/prior": terms.f_prior, "accuracy": terms.accuracy}
        means = {name: tf.reduce_mean(value) for name, value in means.items()}
        return self.report(means | {"contrast": contrast} | norms)
