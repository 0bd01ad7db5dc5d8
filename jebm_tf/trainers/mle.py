"""Maximum likelihood with Langevin samples of posterior and prior (Eq. 8-11)."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.report import learning_names, learning_scalars
from jebm_tf.trainers.rule import LearningRule

_POSTERIOR, _PRIOR = 0, 1  # the two chains' shares of a step's seed


class MLETrainer(Trainer):
    """Ascends log p(x): z+ ~ p(z | x) and z− ~ p(z) by two independent short-run chains in each step.

    Args:
      model: what is learned.
      optimizer: over the model's parts.
      posterior_chain: draws z+.
      prior_chain: draws z−.
      rule: which terms of the gradient of log p(x) are followed.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: normalising constants depend on z: the posterior chain would need their gradients; or the posterior
        chain has a climb of its own.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> chains = jebm.PosteriorChain(num_steps=1), jebm.PriorChain(num_steps=1)
      >>> trainer = jebm.MLETrainer(model, jebm.grouped_adam(model, jebm.TrainingLength()), *chains)
      >>> scalars = trainer.train_step(tf.zeros([3, 8, 8, 1]))
      >>> "log_likelihood" in scalars, trainer.step
      (True, 1)
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        posterior_chain: PosteriorChain,
        prior_chain: PriorChain,
        rule: LearningRule = LearningRule(),
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.tilting.require_joint("MLETrainer (@VariationalTrainer does without)")
        if posterior_chain.climb is not None:
            raise ValueError(
                f"PosteriorChain.climb = {posterior_chain.climb}: in MLETrainer set LearningRule.climb instead"
            )
        super().__init__(
            model, optimizer, prior_chain, learning_names(model), options=options, length=length, seed=seed
        )
        self.posterior_chain = posterior_chain
        self.rule = rule.over(self.length)
        self._scheduled_climb = self._make_scheduled_climb()

    @property
    def state(self) -> list[tf.Variable]:
        """The climb of the last step too, where it is scheduled: the finished model's posterior has it."""
        return super().state + ([] if self._scheduled_climb is None else [self._scheduled_climb])

    @property
    def posterior_sampler(self) -> PosteriorChain:
        """What draws z given x."""
        climb = self.rule.climb if self._scheduled_climb is None else self._scheduled_climb
        return dataclasses.replace(self.posterior_chain, climb=climb)

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        seed = self.step_seed(x)
        if self._scheduled_climb is not None:
            self._scheduled_climb.assign(self.rule.climb_at(self.steps_done))
        z_posterior = self.posterior_sampler.sample(self.model, x, seeds.fold(seed, _POSTERIOR))
        z_prior = self.negative_sampler.negative_samples(self.model, z_posterior, seeds.fold(seed, _PRIOR))
        with tf.GradientTape() as tape:
            terms = mle_terms(self.model, x, z_posterior, z_prior)
            objective = self.learning_objective(terms)
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.parts, objective))
        return self.report(learning_scalars(self.model, terms, z_posterior) | norms)

    def _make_scheduled_climb(self) -> tf.Variable | None:
        if not callable(self.rule.climb):
            return None
        first_replica = tf.VariableAggregation.ONLY_FIRST_REPLICA  # all replicas hold the same
        return tf.Variable(self.rule.climb_at(self.steps_done), trainable=False, aggregation=first_replica)
