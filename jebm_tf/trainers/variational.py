"""Variational learning: an inference network in place of the posterior chain (Eq. 15-19)."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.variational import VariationalTerms, variational_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.report import learning_names, learning_scalars
from jebm_tf.trainers.rule import LearningRule
from jebm_tf.types import Seed

_POSTERIOR, _PRIOR = 0, 1  # the shares of a step's seed


class VariationalTrainer(Trainer):
    """Learns model and inference network together: z+ ~ q(z | x), z− from a short-run chain on the prior.

    Args:
      model: what is learned; has an inference network.
      optimizer: over the model's parts.
      prior_chain: draws z−.
      kl: how the KL terms are weighed.
      rule: which terms of the gradient of log p(x) are followed.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model has no inference network, or free bits or a rule that leaves out terms would reach the
        prior's learning through a ladder.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> network = jebm.BottomUpInference([(8, 4, 2, "same")])
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead, inference=network)
      >>> optimizer = jebm.grouped_adam(model, jebm.TrainingLength())
      >>> trainer = jebm.VariationalTrainer(model, optimizer, jebm.PriorChain(num_steps=1))
      >>> "elbo" in trainer.train_step(tf.zeros([3, 8, 8, 1]))
      True
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        prior_chain: PriorChain,
        kl: KLSchedule = KLSchedule(),
        rule: LearningRule = LearningRule(),
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.backbone.require_inference("VariationalTrainer")
        if kl.free_bits and model.energies and model.backbone.top_down:
            raise ValueError("KLSchedule.free_bits: a ladder shares the prior's conditionals with f's learning; set 0")
        if model.backbone.top_down and model.tilting.has_local_normalizers and not rule.is_exact:
            raise ValueError("LearningRule: with ConditionalTilting a ladder learns by the paper's rule only")
        layers = range(1, len(model.dims) + 1)
        names = [*learning_names(model), "elbo", "kl_weight", *(f"kl/{i}" for i in layers)]
        super().__init__(model, optimizer, prior_chain, names, options=options, length=length, seed=seed)
        self.kl = kl.over(self.length)
        self.rule = rule.over(self.length)

    @property
    def posterior_sampler(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        seed = self.step_seed(x)
        with tf.GradientTape(persistent=True) as tape:
            inferred = self.posterior_sampler.infer(self.model, x, seeds.fold(seed, _POSTERIOR))
            with tape.stop_recording():
                z_prior = self.negative_sampler.negative_samples(self.model, inferred.z, seeds.fold(seed, _PRIOR))
            terms = variational_terms(self.model, x, inferred, z_prior)
            objectives = self.objectives(terms)
        norms = self.apply_gradients(tape, objectives)
        scalars = learning_scalars(self.model, terms.learning, inferred.z) | self._inference_scalars(terms)
        return self.report(scalars | norms)

    def objectives(self, terms: VariationalTerms) -> dict[str, tf.Tensor]:
        """What each part climbs, averaged over this replica's batch.

        Of a top-down q the prior's conditionals are a part, and the backbone's parameters belong to no objective alone.
        There they climb one: Eq. 19 less what stands for log Z, of which Eq. 17-19 are the gradients part by part.
        """
        learning = dict.fromkeys(self.model.parts, self.learning_objective(terms.learning))
        climbing = self.model.backbone.parts if self.model.backbone.top_down else ["inference"]
        return learning | dict.fromkeys(climbing, self._inference_objective(terms))

    def diagnostics(self, x: tf.Tensor, seed: Seed) -> dict[str, tf.Tensor]:
        """How hard f and the backbone's bound pull at q: norms of their gradients in Eq. 19, before the rule weighs."""
        found = super().diagnostics(x, seed)
        if not self.model.energies:
            return found
        variables = self.model.parts["inference"].trainable_variables
        with tf.GradientTape(persistent=True) as tape:
            terms = variational_terms(self.model, x, self.posterior_sampler.infer(self.model, x, seed), None)
            pulls = {"f": tf.reduce_mean(terms.expected_f), "bound": tf.reduce_mean(terms.elbo)}
        norms = {name: tf.linalg.global_norm(tape.gradient(pull, variables)) for name, pull in pulls.items()}
        return found | {f"inference_pull/{name}": norm for name, norm in norms.items()}

    def _inference_objective(self, terms: VariationalTerms) -> tf.Tensor:
        """Eq. 19, averaged over this replica's batch, with the divergence from the tilted prior weighted.

        That divergence is Σ KL − E_q[Σ f] + log Z, of which the rule weighs what is f's. What stands for log Z is left
        out where nothing that climbs this has a part in it.
        """
        climb = self.rule.climb_at(self.steps_done)
        divergence = tf.add_n([self.kl.pushed(term) for term in terms.kl]) - climb * tf.reduce_mean(terms.expected_f)
        if self.model.tilting.has_local_normalizers:
            divergence += climb * tf.reduce_mean(terms.learning.log_normalizer)
        elif self.model.backbone.top_down and self.rule.prior_negative_phase:
            divergence += tf.reduce_mean(terms.learning.log_normalizer)
        return tf.reduce_mean(terms.learning.log_likelihood) - self.kl.weight(self.steps_done) * divergence

    def _inference_scalars(self, terms: VariationalTerms) -> dict[str, tf.Tensor]:
        kl = {f"kl/{i}": tf.reduce_mean(term) for i, term in enumerate(terms.kl, start=1)}
        return {"elbo": tf.reduce_mean(terms.elbo), "kl_weight": self.kl.weight(self.steps_done), **kl}
