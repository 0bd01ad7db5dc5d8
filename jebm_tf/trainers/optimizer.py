"""Adam with a learning rate and decay of its own for each group of parameters."""

import dataclasses
from collections.abc import Mapping, Sequence

import keras


@dataclasses.dataclass(frozen=True)
class LearningRate:
    """A learning rate that falls by a factor each epoch: rate × decay^epoch.

    Attributes:
      rate: the rate of the first epoch.
      decay: the factor, in (0, 1]; 1 keeps the rate.
    """

    rate: float = 1e-4
    decay: float = 1.0

    def __post_init__(self):
        if self.rate < 0.0:
            raise ValueError(f"LearningRate.rate = {self.rate}: must be 0 or more")
        if not 0.0 < self.decay <= 1.0:
            raise ValueError(f"LearningRate.decay = {self.decay}: must be in (0, 1]")

    def schedule(self, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
        """The same as a function of the step."""
        return keras.optimizers.schedules.ExponentialDecay(self.rate, steps_per_epoch, self.decay, staircase=True)


class GroupedAdam(keras.optimizers.Adam):
    """One Adam over all parameters in which each group follows its own learning rate.

    It equals one Adam per group, bit for bit, and is one object to build, to checkpoint and to resume.

    Args:
      groups: parameters by group name.
      rates: a schedule for each group.
      beta_1, beta_2, epsilon: as in Adam.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[keras.Variable]],
        rates: Mapping[str, keras.optimizers.schedules.LearningRateSchedule],
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
    ):
        if set(groups) != set(rates):
            raise ValueError(f"learning rates for {sorted(rates)} but parameter groups {sorted(groups)}")
        super().__init__(learning_rate=0.0, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, name="grouped_adam")
        self._rate_of = [rates[name] for name, variables in groups.items() for _ in variables]
        self.grouped_variables = [v for variables in groups.values() for v in variables]
        self.build(self.grouped_variables)

    def update_step(self, gradient, variable, learning_rate):
        """Adam's update of one variable, with its group's rate instead of `learning_rate`."""
        del learning_rate
        schedule = self._rate_of[self._get_variable_index(variable)]
        super().update_step(gradient, variable, schedule(self._iterations))


def grouped_adam(
    parts: Mapping[str, keras.Model],
    steps_per_epoch: int,
    *,
    generator: LearningRate = LearningRate(1e-4),
    prior: LearningRate = LearningRate(1e-4),
    energy: LearningRate | Sequence[LearningRate] = LearningRate(2e-5),
    inference: LearningRate = LearningRate(1e-4),
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
) -> GroupedAdam:
    """The optimizer of a model's parts.

    Args:
      parts: `JointModel.parts`.
      steps_per_epoch: the unit of the decays.
      generator, prior, inference: their learning rates; the last one only matters where there is such a part. A
        likelihood's own parameters follow the generator's.
      energy: the energy heads' learning rate, or one for each head, bottom first.
      beta_1, beta_2, epsilon: Adam's, for all groups.

    Raises:
      ValueError: `energy` has a length other than the number of heads.
    """
    heads = [name for name in parts if name.startswith("f_")]
    energy = [energy] * len(heads) if isinstance(energy, LearningRate) else list(energy)
    if len(energy) != len(heads):
        raise ValueError(f"grouped_adam.energy has {len(energy)} learning rates for {len(heads)} energy heads")
    rates = {"generator": generator, "likelihood": generator, "prior": prior, "inference": inference}
    rates |= dict(zip(heads, energy, strict=True))
    return GroupedAdam(
        {name: part.trainable_variables for name, part in parts.items()},
        {name: rates[name].schedule(steps_per_epoch) for name in parts},
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
    )
