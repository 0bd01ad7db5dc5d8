"""The first stage of two-stage learning: a backbone alone, by its evidence lower bound."""

import dataclasses
import math

import keras
import tensorflow as tf

from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.joint import JointModel
from jebm_tf.models.spectral_penalty import SpectralPenalty
from jebm_tf.objectives.elbo import ElboTerms, balance, elbo_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.options import StepOptions


@dataclasses.dataclass(frozen=True)
class SpectralSchedule:
    """λ of a penalty −λ [Σ σ(W) + Σ max |γ|] over a backbone's convolutions and batch norms.

    Attributes:
      weight: λ; 0 for none.
      first_weight: λ at the start, from where it goes to `weight` on a logarithmic scale as the KL terms are warmed up;
        None for `weight` all along.
    """

    weight: float = 0.0
    first_weight: float | None = None

    def __post_init__(self):
        if self.weight < 0.0 or (self.first_weight is not None and min(self.first_weight, self.weight) <= 0.0):
            raise ValueError(
                f"SpectralSchedule.weight = {self.weight}, .first_weight = {self.first_weight}: must be positive"
            )

    def at(self, warmth: tf.Tensor) -> tf.Tensor:
        """λ where the KL terms' weight is `warmth`, from 0 to 1."""
        if self.first_weight is None:
            return tf.constant(self.weight)
        return tf.exp((1.0 - warmth) * math.log(self.first_weight) + warmth * math.log(self.weight))


class ELBOTrainer(Trainer):
    """Ascends E_q[log p(x | z)] − Σ KL_i by all of a backbone's parameters. Energies stay out of it.

    Args:
      model: whose backbone is learned; has an inference network, and no energies yet.
      optimizer: over the model's parts.
      kl: warm-up and free bits.
      balanced: while the KL terms are warmed up, weigh layers against each other, see `balance`.
      spectral: the penalty on the backbone's convolutions.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model has energies or no inference network, or its backbone no layers for a spectral penalty.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> network = jebm.BottomUpInference([(8, 4, 2, "same")])
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), [], inference=network)
      >>> trainer = jebm.ELBOTrainer(model, jebm.adamax(model, jebm.TrainingLength()))
      >>> scalars = trainer.train_step(tf.zeros([3, 8, 8, 1]))
      >>> "elbo" in scalars, trainer.step
      (True, 1)
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: keras.optimizers.Optimizer,
        kl: KLSchedule = KLSchedule(),
        *,
        balanced: bool = False,
        spectral: SpectralSchedule = SpectralSchedule(),
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        model.backbone.require_inference("ELBOTrainer")
        if model.energies:
            raise ValueError("ELBOTrainer learns a backbone alone: JointModel.energies = []")
        layers = [f"kl/{i}" for i in range(1, len(model.dims) + 1)]
        names = ["elbo", "bits_per_dimension", "log_likelihood", "mse", "kl_weight", "spectral_penalty", *layers]
        super().__init__(model, optimizer, PriorChain(num_steps=0), names, options=options, length=length, seed=seed)
        self.kl, self.balanced, self.spectral = kl.over(self.length), balanced, spectral
        self.penalty = SpectralPenalty(*model.backbone.spectral_layers()) if spectral.weight else None

    @property
    def state(self) -> list[tf.Variable]:
        """The penalty's singular vectors."""
        penalty = [] if self.penalty is None else [vectors.value for vectors in self.penalty.vectors]
        return [*super().state, *penalty]

    @property
    def posterior_sampler(self) -> InferenceSampler:
        """What draws z given x."""
        return InferenceSampler()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        with tf.GradientTape() as tape:
            forward = self.posterior_sampler.forward_pass(self.model, x, self.step_seed(x), training=True)
            terms = elbo_terms(self.model.backbone, x, forward)
            penalty = tf.zeros([]) if self.penalty is None else self.penalty.updated()
            objective = self.objective(terms) - self.spectral.at(self._warmth()) * penalty
        norms = self.apply_gradients(tape, dict.fromkeys(self.model.parts, objective))
        scalars = {"elbo": terms.elbo, "log_likelihood": terms.log_likelihood, "mse": terms.squared_error}
        scalars["bits_per_dimension"] = bits_per_dimension(terms.elbo, self.model.backbone)
        scalars |= {f"kl/{i}": term for i, term in enumerate(terms.kl, start=1)}
        means = {name: tf.reduce_mean(value) for name, value in scalars.items()}
        return self.report(means | {"kl_weight": self._warmth(), "spectral_penalty": penalty} | norms)

    def objective(self, terms: ElboTerms) -> tf.Tensor:
        """The bound with its KL terms weighed, averaged over this replica's batch."""
        divergences = tf.stack([self.kl.pushed(term) for term in terms.kl])
        warmth = self._warmth()
        if self.balanced:
            context = tf.distribute.get_replica_context()
            sizes = tf.stop_gradient(tf.stack([tf.reduce_mean(tf.abs(term)) for term in terms.kl]))
            sizes = context.all_reduce(tf.distribute.ReduceOp.MEAN, sizes)
            balanced = balance(sizes, self.model.backbone.latent_shapes)
            divergences *= tf.where(warmth < 1.0, balanced, tf.ones_like(balanced))
        return tf.reduce_mean(terms.log_likelihood) - warmth * tf.reduce_sum(divergences)

    def _warmth(self) -> tf.Tensor:
        return self.kl.weight(self.steps_done)


def bits_per_dimension(log_p: tf.Tensor, backbone: Backbone) -> tf.Tensor:
    """−log2 p(x) per pixel and channel, of log p(x) in nats.

    Of a density on [−1, 1] it is the mass of one of 256 levels, whose width is 2 / 255.
    """
    level = math.log2(127.5) if backbone.likelihood.is_density else 0.0
    return level - log_p / (math.log(2.0) * math.prod(backbone.image_shape))
