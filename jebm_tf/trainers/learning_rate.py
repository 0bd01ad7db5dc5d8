"""Learning rates as functions of the step, in units of epochs."""

import dataclasses

import keras

Schedule = keras.optimizers.schedules.LearningRateSchedule


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

    def schedule(self, steps_per_epoch: int) -> Schedule:
        """The same as a function of the step."""
        return keras.optimizers.schedules.ExponentialDecay(self.rate, steps_per_epoch, self.decay, staircase=True)


@dataclasses.dataclass(frozen=True)
class CosineRate:
    """A learning rate that rises linearly from 0 in the first epochs, then falls along half a cosine.

    Attributes:
      rate: the highest.
      last: where it ends.
      warm_up_epochs: how long it rises.
      epochs: of the run, warm-up included.
    """

    rate: float = 1e-2
    last: float = 1e-4
    warm_up_epochs: int = 5
    epochs: int = 400

    def __post_init__(self):
        if not 0.0 <= self.last <= self.rate or not 0 <= self.warm_up_epochs < self.epochs:
            raise ValueError(f"{self}: needs 0 ≤ last ≤ rate and 0 ≤ warm_up_epochs < epochs")

    def schedule(self, steps_per_epoch: int) -> Schedule:
        """The same as a function of the step."""
        warm_up = self.warm_up_epochs * steps_per_epoch
        return keras.optimizers.schedules.CosineDecay(
            0.0 if warm_up else self.rate,
            self.epochs * steps_per_epoch - warm_up,
            alpha=self.last / self.rate if self.rate else 0.0,
            warmup_target=self.rate if warm_up else None,
            warmup_steps=warm_up,
        )
