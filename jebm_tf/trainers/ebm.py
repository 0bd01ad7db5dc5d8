"""The second stage of two-stage learning: f on a frozen backbone (Sec. 5.1)."""

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.ebm import ebm_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.report import energy_names, energy_scalars

_POSTERIOR, _PRIOR = 0, 1  # the shares of a step's seed


class EBMTrainer(Trainer):
    """Ascends log p(x) by the energies' parameters alone: z+ ~ q(z | x), z− from a chain on the prior.

    Args:
      model: whose energies are learned; its backbone is frozen and has an inference network.
      optimizer: over the model's parts.
      prior_chain: draws z−.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: there are no energies, the backbone is not frozen or cannot infer, or the tilting is conditional.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> backbone = jebm.ShallowBackbone(
      ...     generator, jebm.GaussianPrior((4, 2)), inference=jebm.BottomUpInference([(8, 4, 2, "same")])
      ... )
      >>> model = jebm.JointModel(backbone, jebm.EnergyHead, freeze_backbone=True)
      >>> optimizer = jebm.grouped_adam(model, jebm.TrainingLength())
      >>> trainer = jebm.EBMTrainer(model, optimizer, jebm.PriorChain(num_steps=1))
      >>> sorted(name for name in trainer.train_step(tf.zeros([3, 8, 8, 1])) if name.endswith("gap"))
      ['f/1/gap', 'f/2/gap', 'f/gap']
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: keras.optimizers.Optimizer,
        prior_chain: PriorChain,
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.backbone.require_inference("EBMTrainer")
        model.tilting.require_joint("EBMTrainer")
        if not model.energies or not model.freeze_backbone:
            raise ValueError("EBMTrainer needs JointModel.energies and JointModel.freeze_backbone = True")
        names = ["f/gap", *energy_names(model)]
        super().__init__(model, optimizer, prior_chain, names, options=options, length=length, seed=seed)

    @property
    def posterior_sampler(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        seed = self.step_seed(x)
        z_posterior = self.posterior_sampler.sample(self.model, x, seeds.fold(seed, _POSTERIOR))
        z_prior = self.negative_sampler.negative_samples(self.model, z_posterior, seeds.fold(seed, _PRIOR))
        with tf.GradientTape() as tape:
            terms = ebm_terms(self.model, z_posterior, z_prior)
            gap = tf.reduce_mean(terms.surrogate)
            objective = gap - self.options.energy_penalty * tf.reduce_mean(terms.energy_magnitude)
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.energy_parts, objective))
        scalars = energy_scalars(self.model, terms.f_posterior, terms.f_prior)
        return self.report({"f/gap": gap} | scalars | norms)
