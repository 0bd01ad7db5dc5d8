"""What every way of learning shares: seeds, replica-correct gradients, running scalars."""

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.data.images import ImageSet
from jebm_tf.models.joint import JointModel
from jebm_tf.models.layers import parameters_of
from jebm_tf.objectives.mle import MLETerms
from jebm_tf.purposes import Purpose
from jebm_tf.trainers.adapted_chain import AdaptedChain
from jebm_tf.trainers.averages import WeightAverages
from jebm_tf.trainers.bank import PriorBank
from jebm_tf.trainers.graph_options import turn_off_what_harms
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.report import gap_name
from jebm_tf.trainers.rule import LearningRule
from jebm_tf.trainers.scalars import ScalarMeans
from jebm_tf.types import Seed

if TYPE_CHECKING:
    from jebm_tf.trainers.run import Run

_APART = 2**28  # steps: further than a run goes, so that after a rollback no step has the noise of another


class Trainer(keras.Model):
    """A model, its optimizer and a `train_step` to come.

    `step` counts finished optimizer steps, through stops and resumptions; every random number of a step is a function
    of (seed, step), so that nothing else has to be saved to continue a run bit for bit.

    Args:
      model: what is learned.
      optimizer: over the model's parts.
      prior_sampler: draws z−.
      scalar_names: what `train_step` reports, besides the norms that this class adds.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Attributes:
      prior_sampler: draws z of the model as it is; the model's tilting may have made it of the one that was given.
      adapted: the prior chain that learns its δ, where its settings ask for that; else None.
      bank: of prior chains, where the prior sampler's settings ask for one; else None.
      negative_sampler: draws z− in a step: the bank where there is one, else the prior sampler.
      averages: of the model's trainable weights, where the options ask for them; else None.
      rollbacks: how often this run has gone back to an earlier step because it diverged; each has other noise.
      averages_begin: the step from which on they average.
      rule: which terms of the gradient of log p(x) `learning_objective` has.
      length: of the run; one epoch of one step unless it was given.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> chains = jebm.PosteriorChain(num_steps=1), jebm.PriorChain(num_steps=1)
      >>> trainer = jebm.MLETrainer(model, jebm.grouped_adam(model, jebm.TrainingLength()), *chains)
      >>> trainer.fit(tf.zeros([4, 8, 8, 1]), batch_size=2, verbose=0).epoch
      [0]
      >>> trainer.step
      2
    """

    averages_begin = 0
    rule = LearningRule()

    def __init__(
        self,
        model: JointModel,
        optimizer: keras.optimizers.Optimizer,
        prior_sampler: PriorSampler,
        scalar_names: Sequence[str],
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        super().__init__(name="trainer")
        turn_off_what_harms()
        self.model = model
        self.prior_sampler = model.tilting.sampler(prior_sampler)
        self.adapted = self._make_adapted()
        self.seed = seed
        first_replica = tf.VariableAggregation.ONLY_FIRST_REPLICA  # all replicas hold the same
        self.rollbacks = tf.Variable(0, dtype=tf.int32, trainable=False, aggregation=first_replica)
        self.options = options
        self.length = TrainingLength() if length is None else length
        decay = options.average_decay
        self.averages = WeightAverages(model.trainable_variables, decay) if decay else None
        self.bank = self._make_bank()
        self.negative_sampler = self.bank or self.adapted or self.prior_sampler
        norms = [f"{kind}_norm/{part}" for kind in ("gradient", "parameter") for part in model.parts]
        self.scalars = ScalarMeans([*scalar_names, *norms])
        self.compile(optimizer=optimizer, jit_compile=False)
        self.built = True

    @property
    def state(self) -> list[tf.Variable]:
        """What else a trainer learns or remembers that a checkpoint must hold: here δ, where it adapts."""
        return [] if self.adapted is None else [self.adapted.step_size]

    def own_callbacks(self, images: ImageSet, run: "Run", last_step: int) -> list[keras.callbacks.Callback]:
        """What this way of learning does between steps; called before snapshots are taken and checkpoints saved.

        Args:
          images: all training images.
          run: says how often things happen.
          last_step: where training ends.
        """
        del images, run, last_step
        return []

    def on_weights_loaded(self, step: int) -> None:
        """What follows from the model's weights being those after `step`; nothing by default."""

    @property
    def posterior_sampler(self) -> PosteriorSampler:
        """What draws z given x, in training and of the finished model."""
        raise NotImplementedError

    def diagnostics(self, x: tf.Tensor, seed: Seed) -> dict[str, tf.Tensor]:
        """Scalars about images `[batch, height, width, channels]` that are asked for at snapshots only.

        Here the prior chain's δ, where it adapts; elsewhere what costs too much for every step.
        """
        del x, seed
        return {} if self.adapted is None else {"prior_chain/step_size": tf.convert_to_tensor(self.adapted.step_size)}

    @property
    def gap_names(self) -> list[str]:
        """The scalars that hold E[f_i(z+)] − E[f_i(z−)], one for each head."""
        return [gap_name(head) for head in self.model.energy_names]

    @property
    def step(self) -> int:
        """Finished steps."""
        return int(self.optimizer.iterations.numpy())

    @property
    def steps_done(self) -> tf.Tensor:
        """`step` as a tensor, for within a graph, where it is read anew at each call."""
        return tf.convert_to_tensor(self.optimizer.iterations)

    @property
    def metrics(self):
        """The running scalars; naming them here keeps Keras' own loss tracker out."""
        return [self.scalars]

    def reset_metrics(self):
        """Nothing: whoever logs the scalars resets them, so that a resumed run goes on with its running means."""

    def step_seed(self, x: tf.Tensor) -> Seed:
        """The seed of the step under way, for the rows that this replica's images `x` are of the global batch."""
        step = tf.cast(self.steps_done, tf.int32) + _APART * self.rollbacks
        return seeds.on_replica(seeds.fold(seeds.root_seed(self.seed), step), tf.shape(x)[0])

    def learning_objective(self, terms: MLETerms) -> tf.Tensor:
        """What the model's own parts climb: the surrogate less the energy penalty, mean over this replica's batch."""
        surrogate = terms.surrogate if self.rule.prior_negative_phase else terms.bound_surrogate
        return tf.reduce_mean(surrogate - self.options.energy_penalty * terms.energy_magnitude)

    def averaged(self) -> AbstractContextManager[None]:
        """A block in which the model has its averaged weights, if there are any."""
        return nullcontext() if self.averages is None else self.averages.in_place()

    def apply_gradients(self, tape: tf.GradientTape, objectives: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
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
                head.power_iteration()
        if self.averages is not None:
            self.averages.update(self.steps_done - self.averages_begin)
        return norms

    def _make_adapted(self) -> AdaptedChain | None:
        """The chain that learns δ, from which samples of the model take it too."""
        if self.prior_sampler.adaptation is None or not self.model.energies:
            return None
        chain = self.prior_sampler.as_chain("PriorChain.adaptation")
        adapted = AdaptedChain(chain.in_learning())
        self.prior_sampler = dataclasses.replace(chain, step_size=adapted.step_size)
        return adapted

    def _make_bank(self) -> PriorBank | None:
        if self.prior_sampler.bank is None or not self.model.energies:
            return None
        chain = self.adapted or self.prior_sampler.as_chain("PriorChain.bank").in_learning()
        return PriorBank(self.model, chain, seeds.fold(seeds.root_seed(self.seed), Purpose.CHAIN_BANK))

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
    found: dict[str, list[tf.Tensor]] = {}
    for objective in {id(tensor): tensor for tensor in objectives.values()}.values():
        sources = {name: variables[name] for name, tensor in objectives.items() if tensor is objective}
        found |= tape.gradient(objective, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return found


def _norm(tensors: Sequence) -> tf.Tensor:
    return tf.linalg.global_norm([tf.convert_to_tensor(t) for t in tensors]) if tensors else tf.zeros([])
