"""Adam with a learning rate and decay of its own for each group of parameters."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.learning_rate import AnyRate, LearningRate, Schedule, as_schedule
from jebm_tf.trainers.length import TrainingLength


class GroupedAdam(keras.optimizers.Adam):
    """One Adam over all parameters in which each group follows its own learning rate.

    It equals one Adam per group, bit for bit, and is one object to build, to checkpoint and to resume. Parameters that
    begin to learn later (`begin_at`) count their steps from there.

    Args:
      groups: parameters by group name.
      rates: a schedule for each group.
      beta_1, beta_2, epsilon: as in Adam.
      l2: λ of a penalty ½ λ ‖w‖² on all parameters, whose gradient goes through Adam with the rest.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[keras.Variable]],
        rates: Mapping[str, Schedule],
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        l2: float = 0.0,
    ):
        if set(groups) != set(rates):
            raise ValueError(f"learning rates for {sorted(rates)} but parameter groups {sorted(groups)}")
        super().__init__(learning_rate=0.0, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, name="grouped_adam")
        self._l2 = l2
        self._rate_of = [rates[name] for name, variables in groups.items() for _ in variables]
        self.grouped_variables = [v for variables in groups.values() for v in variables]
        self._begin_of = [0] * len(self.grouped_variables)
        self.build(self.grouped_variables)

    def begin_at(self, step: int, variables: Sequence[keras.Variable]) -> None:
        """Counts these variables' steps from `step`, for their rates' decay and for Adam's bias correction."""
        for variable in variables:
            self._begin_of[self._get_variable_index(variable)] = step

    def update_step(self, gradient, variable, learning_rate):
        """Adam's update of one variable, with its group's rate instead of `learning_rate`."""
        del learning_rate
        index = self._get_variable_index(variable)
        begin = self._begin_of[index]
        own = tf.maximum(tf.convert_to_tensor(self.iterations) - begin, 0)
        rate = self._rate_of[index](own)
        if begin:  # Keras corrects for all steps that were; take that out, and put in those of this variable
            every = tf.convert_to_tensor(self.iterations)
            rate *= self._correction(own) / self._correction(every)
        if self._l2:
            gradient += self._l2 * tf.convert_to_tensor(variable)
        super().update_step(gradient, variable, rate)

    def _correction(self, steps: tf.Tensor) -> tf.Tensor:
        """√(1 − β2ⁿ) / (1 − β1ⁿ) with n = steps + 1: Adam's factor after so many earlier steps from moments of zero."""
        steps = tf.cast(steps, tf.float32) + 1.0
        return tf.sqrt(1.0 - self.beta_2**steps) / (1.0 - self.beta_1**steps)


def grouped_adam(
    model: JointModel,
    length: TrainingLength,
    *,
    generator: AnyRate = LearningRate(1e-4),
    prior: AnyRate = LearningRate(1e-4),
    energy: AnyRate | Sequence[AnyRate] = LearningRate(2e-5),
    inference: AnyRate = LearningRate(1e-4),
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
    l2: float = 0.0,
) -> GroupedAdam:
    """The optimizer of a model's parts.

    Args:
      model: whose parts are learned.
      length: of the run, in whose units rates fall.
      generator, prior, inference: the learning rates of the backbone's parts of these names. Its other parts, such as a
        likelihood's own parameters, follow the generator's.
      energy: the energy heads' learning rate, or one for each head, bottom first.
      beta_1, beta_2, epsilon, l2: for all groups, see `GroupedAdam`.

    Raises:
      ValueError: `energy` has a length other than the number of heads.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> rates = {"generator": jebm.LearningRate(1e-3, decay=0.99), "energy": [1e-4, 2e-4]}
      >>> optimizer = jebm.grouped_adam(model, jebm.TrainingLength(10), **rates)
      >>> len(optimizer.grouped_variables) == len(model.trainable_variables)
      True
    """
    heads = list(model.energy_parts)
    energy = list(energy) if isinstance(energy, list | tuple) else [energy] * len(heads)
    if len(energy) != len(heads):
        raise ValueError(f"grouped_adam.energy has {len(energy)} learning rates for {len(heads)} energy heads")
    named = {"prior": prior, "inference": inference}
    rates = {name: named.get(name, generator) for name in model.backbone.parts}
    rates |= dict(zip(heads, energy, strict=True))
    return GroupedAdam(
        {name: part.trainable_variables for name, part in model.parts.items()},
        {name: as_schedule(rate, length) for name, rate in rates.items()},
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
        l2=l2,
    )
