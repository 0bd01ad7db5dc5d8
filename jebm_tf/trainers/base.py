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
from jebm_tf.models.layers import parameters_of
from jebm_tf.objectives.mle import MLETerms
from jebm_tf.trainers.averages import WeightAverages
from jebm_tf.trainers.bank import PriorBank
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.scalars import ScalarMeans
from jebm_tf.types import Latents, Seed

_BANK = -0xBA4C  # negative, no step's number: keeps the bank's first positions apart from any step's noise


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
      stage: 0, or how many of `boundaries` training has passed; `settle` keeps it up.
      boundaries: the steps at which another stage of learning begins, for trainers that have stages.
      bank: of prior chains, where the prior chain's settings ask for one; else None.
      averages: of the model's trainable weights, where the options ask for them; else None. Each stage averages anew.
    """

    boundaries: tuple[int, ...] = ()

    def __init__(
        self,
        model: JointModel,
        optimizer: keras.optimizers.Optimizer,
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
        self.stage = 0
        self.options = options
        decay = options.average_decay
        self.averages = WeightAverages(model.trainable_variables, decay) if decay else None
        self.bank = self._make_bank()
        norms = [f"{kind}_norm/{part}" for kind in ("gradient", "parameter") for part in model.parts]
        self.scalars = ScalarMeans([*scalar_names, *norms])
        self.compile(optimizer=optimizer, jit_compile=False)
        self.built = True

    @property
    def state(self) -> list[keras.Variable]:
        """What else a trainer learns or remembers that a checkpoint must hold."""
        return []

    def settle(self, step: int) -> bool:
        """Enters the stage that `step` belongs to; returns whether it is another one than before."""
        stage = sum(step >= boundary for boundary in self.boundaries)
        changed, self.stage = stage != self.stage, stage
        self.enter_stage()
        return changed

    def enter_stage(self) -> None:
        """What a trainer with stages does at the start of one, such as freezing parts; may be called repeatedly."""

    def fit_prior(self, images: tf.data.Dataset) -> None:
        """Fits what of the prior is not learned by gradients to batches of training images; nothing by default."""

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

    def negatives(self, z_posterior: Latents, seed: Seed) -> Latents | None:
        """z−, as many as z+; None for a model without energies, which has no use for them."""
        if not self.model.energies:
            return None
        if self.bank is not None:
            return self.bank.sample(tf.shape(z_posterior[0])[0], seed)
        return self.prior_chain.negatives(self.model, z_posterior, seed)

    def learning_objective(self, terms: MLETerms) -> tf.Tensor:
        """What the model's own parts climb: the surrogate less the energy penalty, mean over this replica's batch."""
        return tf.reduce_mean(terms.surrogate - self.options.energy_penalty * terms.energy_magnitude)

    def averaged(self) -> AbstractContextManager[None]:
        """A block in which the model has its averaged weights, if there are any."""
        return nullcontext() if self.averages is None else self.averages.in_place()

    def ascend(self, tape: tf.GradientTape, objectives: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One optimizer step in which parts climb their own objectives' means over the global batch.

        Args:
          tape: recorded the objectives; persistent where they are several tensors.
          objectives: for each of the model's parts that learns what it maximises, a scalar mean over this replica's
            batch. Parts that are left out, and variables that are not trainable now, stay as they are.

        Returns:
          `gradient_norm/PART` (before clipping; 0 where nothing learns) and `parameter_norm/PART` (before the step).
        """
        context = tf.distribute.get_replica_context()
        variables = {name: self.model.parts[name].trainable_variables for name in objectives}
        gradients = _gradients(tape, objectives, variables)
        if context.num_replicas_in_sync > 1:
            # Here, and not only in Keras' optimizer, so that norms and clipping see the global batch.
            gradients = context.all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        norms = {f"gradient_norm/{name}": _norm(gradients.get(name, [])) for name in self.model.parts}
        norms |= {f"parameter_norm/{name}": _norm(parameters_of(part)) for name, part in self.model.parts.items()}
        flat = tf.nest.flatten(gradients)
        if self.options.clip_norm is not None:
            flat, _ = tf.clip_by_global_norm(flat, self.options.clip_norm)
        # Keras descends, and sums over replicas once more: each gives its share of what is already the mean.
        shares = [-g / context.num_replicas_in_sync for g in flat]
        self.optimizer.apply(shares, [v for name in sorted(variables) for v in variables[name]])
        for head in self.model.energies:
            if head.trainable:
                head.follow()
        if self.averages is not None:
            begun = self.boundaries[self.stage - 1] if self.stage else 0
            self.averages.update(tf.convert_to_tensor(self.optimizer.iterations) - begun)
        return norms

    def _make_bank(self) -> PriorBank | None:
        if self.prior_chain.bank is None or not self.model.energies:
            return None
        if self.model.tilting == "conditional":
            raise ValueError("PriorChain.bank: conditional tilting has a chain for every z+, which cannot go on")
        return PriorBank(self.model, self.prior_chain, seeds.fold(seeds.root_seed(self.seed), _BANK))

    def report(self, scalars: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Adds a step's scalars to the running means and returns these, as Keras expects of a `train_step`."""
        self.scalars.update_state(scalars)
        means = self.scalars.result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            # There `fit` gathers logs over workers along axis 0, which scalars do not have.
            return {name: value[tf.newaxis] for name, value in means.items()}
        return means


def _gradients(
    tape: tf.GradientTape, objectives: Mapping[str, tf.Tensor], variables: Mapping[str, list]
) -> dict[str, list[tf.Tensor]]:
    """By part; one pass backwards for each objective that is a tensor of its own."""
    found = {}
    for objective in {id(tensor): tensor for tensor in objectives.values()}.values():
        sources = {name: variables[name] for name, tensor in objectives.items() if tensor is objective}
        found |= tape.gradient(objective, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return found


def _norm(tensors: Sequence) -> tf.Tensor:
    return tf.linalg.global_norm([tf.convert_to_tensor(t) for t in tensors]) if tensors else tf.zeros([])
