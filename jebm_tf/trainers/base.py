"""What every way of learning shares: seeds, replica-correct gradients, running scalars."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import MLETerms
from jebm_tf.trainers.averages import WeightAverages
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.scalars import ScalarMeans
from jebm_tf.types import Latents, Seed


class Trainer(keras.Model):
    """A model, its optimizer and a `train_step` to come.

    `step` counts finished optimizer steps, through stops and resumptions; every random number of a step is a function
    of (seed, step), so that nothing else has to be saved to continue a run bit for bit.

    Args:
      model: what is learned.
      optimizer: over the model's parts.
      prior_chain: draws z−.
      scalar_names: what `train_step` reports, besides the norms that this class adds.
      options: what a step does besides.
      seed: the run's seed.

    Attributes:
      averages: of the model's weights, where the options ask for them; else None.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        prior_chain: PriorChain,
        scalar_names: Sequence[str],
        *,
        options: StepOptions = StepOptions(),
        seed: int = 0,
    ):
        super().__init__(name="trainer")
        self.model = model
        self.prior_chain = prior_chain
        self.seed = seed
        self.options = options
        self.averages = WeightAverages(model.variables, options.average_decay) if options.average_decay else None
        norms = [f"{kind}_norm/{part}" for kind in ("gradient", "parameter") for part in model.parts]
        self.scalars = ScalarMeans([*scalar_names, *norms])
        self.compile(optimizer=optimizer, jit_compile=False)
        self.built = True

    @property
    def posterior(self) -> PosteriorChain | InferenceSampler:
        """What draws z given x, in training and of the finished model."""
        raise NotImplementedError

    @property
    def step(self) -> int:
        """Finished steps."""
        return int(self.optimizer.iterations.numpy())

    @property
    def metrics(self):
        """The running scalars; naming them here keeps Keras' own loss tracker out."""
        return [self.scalars]

    def reset_metrics(self):
        """Nothing: whoever logs the scalars resets them, so that a resumed run goes on with its running means."""

    def step_seed(self) -> Seed:
        """The seed of the step under way; the same on every replica (see `jebm_tf.seeds`)."""
        return seeds.fold(seeds.root_seed(self.seed), tf.convert_to_tensor(self.optimizer.iterations))

    def sample_prior(self, batch: tf.Tensor, seed: Seed) -> Latents | None:
        """`batch` prior samples z−; None for a model without energies, which has no use for them."""
        return self.prior_chain.sample(self.model, batch, seed) if self.model.energies else None

    def learning_objective(self, terms: MLETerms) -> tf.Tensor:
        """What the model's own parts climb: the surrogate less the energy penalty, mean over this replica's batch."""
        return tf.reduce_mean(terms.surrogate - self.options.energy_penalty * terms.energy_magnitude)

    def averaged(self) -> AbstractContextManager[None]:
        """A block in which the model has its averaged weights, if there are any."""
        return nullcontext() if self.averages is None else self.averages.in_place()

    def ascend(self, tape: tf.GradientTape, objectives: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One optimizer step in which each part climbs its own objective's mean over the global batch.

        Args:
          tape: recorded the objectives; persistent where they are several tensors.
          objectives: for each of the model's parts what it maximises, a scalar mean over this replica's batch.

        Returns:
          `gradient_norm/PART` (before clipping) and `parameter_norm/PART` (before the step), scalars.
        """
        context = tf.distribute.get_replica_context()
        gradients = self._gradients(tape, objectives)
        if context.num_replicas_in_sync > 1:
            # Here, and not only in Keras' optimizer, so that norms and clipping see the global batch.
            gradients = context.all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        variables = self.optimizer.grouped_variables
        norms = self._norms("gradient", gradients) | self._norms("parameter", variables)
        if self.options.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.options.clip_norm)
        # Keras descends, and sums over replicas once more: each gives its share of what is already the mean.
        self.optimizer.apply([-g / context.num_replicas_in_sync for g in gradients], variables)
        for head in self.model.energies:
            head.normalize()
        if self.averages is not None:
            self.averages.update(tf.convert_to_tensor(self.optimizer.iterations))
        return norms

    def _gradients(self, tape: tf.GradientTape, objectives: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        """In the optimizer's order; one pass backwards for each objective that is a tensor of its own."""
        variables = {name: part.trainable_variables for name, part in self.model.parts.items()}
        found = {}
        for objective in {id(tensor): tensor for tensor in objectives.values()}.values():
            sources = {name: variables[name] for name, tensor in objectives.items() if tensor is objective}
            zero = tf.UnconnectedGradients.ZERO
            found |= tape.gradient(objective, sources, unconnected_gradients=zero)
        return [gradient for name in variables for gradient in found[name]]

    def report(self, scalars: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Adds a step's scalars to the running means and returns these, as Keras expects of a `train_step`."""
        self.scalars.update_state(scalars)
        means = self.scalars.result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            # There `fit` gathers logs over workers along axis 0, which scalars do not have.
            return {name: value[tf.newaxis] for name, value in means.items()}
        return means

    def _norms(self, kind: str, tensors: Sequence) -> dict[str, tf.Tensor]:
        remaining = list(tensors)
        norms = {}
        for name, part in self.model.parts.items():
            count = len(part.trainable_variables)
            norms[f"{kind}_norm/{name}"] = tf.linalg.global_norm([tf.convert_to_tensor(t) for t in remaining[:count]])
            remaining = remaining[count:]
        return norms
