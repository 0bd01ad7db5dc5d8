"""Two-stage VAEs (Dai and Wipf 2019): a VAE between x and z_1, then, that one frozen, another between z_1 and z_2."""

import dataclasses

import tensorflow as tf

from jebm_tf.baselines.stages import StagedTrainer
from jebm_tf.baselines.two_stage_vae.objective import first_stage_terms, second_stage_terms
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.inference import BottomUpInference, Inferred
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions


class TwoStageVAETrainer(StagedTrainer):
    """Learns p(x | z_1) and q(z_1 | x) with z_1 ~ N(0, I), then p(z_1 | z_2) and q(z_2 | z_1) on what they infer.

    The result is a hierarchy of two layers like any other, sampled from z_2 down. Within the first stage it is sampled
    as the VAE that it is then, from z_1 ~ N(0, I).

    Args:
      model: what is learned; two layers, `BottomUpInference`, no energies.
      optimizer: over the model's parts.
      first_stage_share: the share of the run that is its first stage; the rest is the second.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model has other parts, or the share is not between 0 and 1.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        first_stage_share: float = 0.5,
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        if len(model.dims) != 2 or not isinstance(model.backbone.inference, BottomUpInference) or model.energies:
            raise ValueError(
                "TwoStageVAETrainer needs two layers, ShallowBackbone.inference = @BottomUpInference() and no energies"
            )
        names = ["elbo", "log_likelihood", "mse", "kl/1", "second_elbo", "log_prior/1/posterior", "kl/2"]
        super().__init__(model, optimizer, PriorChain(num_steps=0), names, options=options, length=length, seed=seed)
        first_stage_steps = self.begin_second_stage(first_stage_share)
        second = (model.backbone.prior, *model.backbone.inference.conditional_networks)
        optimizer.begin_at(first_stage_steps, [v for part in second for v in part.trainable_variables])
        self.enter_stage()

    def enter_stage(self) -> None:
        """Lets the stage's own parts learn and freezes the others."""
        model, first = self.model, self.stage == 0
        for part in (model.backbone.generator, model.backbone.likelihood, model.backbone.inference.first):
            part.trainable = first
        for part in (model.backbone.prior, *model.backbone.inference.conditional_networks):
            part.trainable = not first
        start = PriorChain(num_steps=0)
        self.prior_sampler = dataclasses.replace(start, space="z", initial="gaussian") if first else start

    @property
    def posterior_sampler(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        stage = self._second if self.stage else self._first
        with tf.GradientTape() as tape:
            inferred = self.posterior_sampler.infer(self.model, x, self.step_seed(x))
            objective, scalars = stage(x, inferred)
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.parts, objective))
        return self.report({name: tf.reduce_mean(value) for name, value in scalars.items()} | norms)

    def _first(self, x: tf.Tensor, inferred: Inferred) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        terms = first_stage_terms(self.model, x, inferred)
        scalars = {"elbo": terms.elbo, "log_likelihood": terms.log_likelihood, "mse": terms.squared_error}
        return tf.reduce_mean(terms.elbo), scalars | {"kl/1": terms.kl}

    def _second(self, x: tf.Tensor, inferred: Inferred) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        terms = second_stage_terms(self.model, inferred)
        scalars = {"second_elbo": terms.elbo, "log_prior/1/posterior": terms.log_likelihood, "kl/2": terms.kl}
        return tf.reduce_mean(terms.elbo), scalars
