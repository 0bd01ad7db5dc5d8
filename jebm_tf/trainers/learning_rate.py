"""Learning rates as functions of the step, in units of epochs or of the whole run."""

import dataclasses
import math
from typing import Protocol, TypeAlias

import keras

from jebm_tf.trainers.length import TrainingLength

Schedule: TypeAlias = keras.optimizers.schedules.LearningRateSchedule


class Rate(Protocol):
    """A learning rate that knows its units only once the run's length is known."""

    def schedule(self, length: TrainingLength) -> Schedule:
        """The rate as a function of the step."""


AnyRate: TypeAlias = Rate | Schedule | float
"""What every group of parameters takes: a rate in epochs, a Keras schedule in steps, or a number."""


def as_schedule(rate: AnyRate, length: TrainingLength) -> Schedule:
    """The rate as a function of the step, whichever of the three it is."""
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return rate
    if isinstance(rate, int | float):
        return LearningRate(float(rate)).schedule(length)
    return rate.schedule(length)


@dataclasses.dataclass(frozen=True)
class LearningRate:
    """A learning rate that falls by a factor each epoch: rate × decay^epoch, and by another each step.

    Attributes:
      rate: the rate of the first epoch.
      decay: the factor of an epoch, in (0, 1]; 1 keeps the rate.
      step_decay: the factor of a step, likewise, in its place.

    Example:
      >>> rate = jebm.LearningRate(0.1, decay=0.5).schedule(jebm.TrainingLength(steps_per_epoch=10))
      >>> [round(float(rate(step)), 3) for step in (0, 9, 10, 20)]
      [0.1, 0.1, 0.05, 0.025]
    """

    rate: float = 1e-4
    decay: float = 1.0
    step_decay: float = 1.0

    def __post_init__(self):
        if self.rate < 0.0:
            raise ValueError(f"LearningRate.rate = {self.rate}: must be 0 or more")
        if not 0.0 < self.decay <= 1.0:
            raise ValueError(f"LearningRate.decay = {self.decay}: must be in (0, 1]")
        if not 0.0 < self.step_decay <= 1.0:
            raise ValueError(f"LearningRate.step_decay = {self.step_decay}: must be in (0, 1]")
        if self.decay < 1.0 and self.step_decay < 1.0:
            raise ValueError(f"LearningRate: decay = {self.decay} and step_decay = {self.step_decay}: one must be 1")

    def schedule(self, length: TrainingLength) -> Schedule:
        """The same as a function of the step."""
        if self.step_decay < 1.0:
            # By as many steps at once as divide the rate by about e: near 1 a factor of float32 is too coarse.
            steps = max(round(-1.0 / math.log(self.step_decay)), 1)
            return keras.optimizers.schedules.ExponentialDecay(self.rate, steps, self.step_decay**steps)
        steps = length.steps_per_epoch
        return keras.optimizers.schedules.ExponentialDecay(self.rate, steps, self.decay, staircase=True)


@dataclasses.dataclass(frozen=True)
class CosineRate:
    """A learning rate that rises linearly from 0 in the first epochs, then falls along half a cosine.

    Attributes:
      rate: the highest.
      last: where it ends.
      warm_up_epochs: how long it rises.
      epochs: warm-up included; None for as long as the run.

    Example:
      >>> rate = jebm.CosineRate(rate=0.01, last=0.001, warm_up_epochs=1).schedule(jebm.TrainingLength(10, 100))
      >>> [round(float(rate(step)), 4) for step in (0, 10, 100)]
      [0.0, 0.01, 0.001]
    """

    rate: float = 1e-2
    last: float = 1e-4
    warm_up_epochs: int = 5
    epochs: int | None = None

    def __post_init__(self):
        if not 0.0 <= self.last <= self.rate or self.warm_up_epochs < 0:
            raise ValueError(f"{self}: needs 0 ≤ last ≤ rate and warm_up_epochs of 0 or more")

    def schedule(self, length: TrainingLength) -> Schedule:
        """The same as a function of the step; a run that is shorter than the warm-up ends within it."""
        warm_up = self.warm_up_epochs * length.steps_per_epoch
        steps = length.total_steps if self.epochs is None else self.epochs * length.steps_per_epoch
        return keras.optimizers.schedules.CosineDecay(
            0.0 if warm_up else self.rate,
            max(steps - warm_up, 1),
            alpha=self.last / self.rate if self.rate else 0.0,
            warmup_target=self.rate if warm_up else None,
            warmup_steps=warm_up,
        )
