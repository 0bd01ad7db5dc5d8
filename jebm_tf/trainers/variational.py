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

_POSTERIOR, _PRIOR = 0, 1  # the shares of a step's seed


class VariationalTrainer(Trainer):
    """Learns model and inference network together: z+ ~ q(z | x), z− from a short-run chain on the prior.

    Args:
      model: what is learned; has an inference network.
      optimizer: over the model's parts.
      prior_chain: draws z−.
      kl: how the KL terms are weighed.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model has no inference network, or free bits would reach the prior's learning through a ladder.

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
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.backbone.require_inference("VariationalTrainer")
        if kl.free_bits and model.energies and model.backbone.top_down:
            raise ValueError("KLSchedule.free_bits: a ladder shares the prior's conditionals with f's learning; set 0")
        layers = range(1, len(model.dims) + 1)
        names = [*learning_names(model), "elbo", "kl_weight", *(f"kl/{i}" for i in layers)]
        super().__init__(model, optimizer, prior_chain, names, options=options, length=length, seed=seed)
        self.kl = kl.over(self.length)

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

        Of a top-down q the prior's conditionals are a part, and no parameter belongs to one objective only. There all
        parts climb one: Eq. 19 less what stands for log Z, of which Eq. 17-19 are the gradients part by part.
        """
        parts, inference = self.model.parts, self._inference_objective(terms)
        if not self.model.backbone.top_down:
            return dict.fromkeys(parts, self.learning_objective(terms.learning)) | {"inference": inference}
        penalty = self.options.energy_penalty * tf.reduce_mean(terms.learning.energy_magnitude)
        return dict.fromkeys(parts, inference) | dict.fromkeys(self.model.energy_parts, inference - penalty)

    def _inference_objective(self, terms: VariationalTerms) -> tf.Tensor:
        """Eq. 19, averaged over this replica's batch, with the divergence from the tilted prior weighted.

        That divergence is Σ KL − E_q[Σ f] + log Z. What stands for log Z is left out where q has no part in it.
        """
        divergence = tf.add_n([self.kl.pushed(term) for term in terms.kl])
        divergence -= tf.reduce_mean(terms.expected_f)
        if self.model.backbone.top_down or self.model.tilting.has_local_normalizers:
            divergence += tf.reduce_mean(terms.learning.log_normalizer)
        return tf.reduce_mean(terms.learning.log_likelihood) - self.kl.weight(self._steps_done()) * divergence

    def _inference_scalars(self, terms: VariationalTerms) -> dict[str, tf.Tensor]:
        kl = {f"kl/{i}": tf.reduce_mean(term) for i, term in enumerate(terms.kl, start=1)}
        return {"elbo": tf.reduce_mean(terms.elbo), "kl_weight": self.kl.weight(self._steps_done()), **kl}

    def _steps_done(self) -> tf.Tensor:
        return tf.convert_to_tensor(self.optimizer.iterations)
