"""What a run does, how long it is and how often things happen on the way."""

import dataclasses
from collections.abc import Callable

import keras

from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam

_COUNTS = (
    "batch_size",
    "epochs",
    "max_steps",
    "log_every",
    "snapshot_every",
    "snapshot_size",
    "checkpoint_every",
    "keep_checkpoints",
    "evaluate_every",
)
_MOST_ROLLBACKS = 7  # more would not fit beside the step into a step's seed, see `Trainer.step_seed`


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run does and for how long. Steps are optimizer steps.

    Attributes:
      optimizer: makes the optimizer from the model and the run's `TrainingLength`, with its other settings bound.
      trainer: makes the trainer from model, optimizer, length and seed; a trainer class with its other settings bound.
      batch_size: images per step over all replicas together.
      epochs: length of training.
      max_steps: length of training in steps; overrides `epochs` where given.
      seed: decides initial weights, the order of images and all noise.
      log_every: steps between rows of scalars, each the mean since the last.
      snapshot_every: steps between sample grids, reconstructions, histograms and chain diagnostics; a multiple of
        `log_every`, so that the diagnostics go into a row.
      snapshot_size: images in a grid.
      checkpoint_every: steps between checkpoints; there is always one at the end.
      evaluations: tasks to run on the way, with their settings bound; see `jebm_tf.evaluation.tasks`.
      evaluate_every: steps between evaluations, where there are any; a multiple of `log_every`.
      keep_checkpoints: how many to keep.
      keep_best: a number of an evaluation on the way, as "TASK/NUMBER" or "TASK" where both are called alike, whose
        least value has its checkpoint kept, too; "-TASK/NUMBER" keeps that of the greatest.
      callbacks: Keras callbacks of one's own, called after the library's and before a checkpoint is saved. What they
        remember is not saved in checkpoints.
      sinks: functions of the run's directory, a path, and its settings, a dict of texts, each of which returns where
        rows of scalars go, too: a function of one row, a dict with `step` among its numbers.
      start_from: the directory of a run whose backbone's weights, averaged where it has averages, this one begins with.
      max_gap: a run whose gap f(z+) − f(z−), summed over heads, is larger than this in either direction, in nats, has
        diverged.
      max_gap_growth: so has one whose gap is more than this many times what it usually was before, plus a nat.
      max_rollbacks: how often a run that has diverged goes back to an earlier checkpoint, and on from there with other
        noise, before it is stopped; at most 7.

    Example:
      >>> run = jebm.Run(batch_size=50, epochs=3)
      >>> run.total_steps(steps_per_epoch=10), run.trainer.__name__
      (30, 'MLETrainer')
    """

    trainer: Callable[..., Trainer] = MLETrainer
    optimizer: Callable[..., keras.optimizers.Optimizer] = grouped_adam
    batch_size: int = 100
    epochs: int = 100
    max_steps: int | None = None
    seed: int = 0
    log_every: int = 50
    snapshot_every: int = 500
    snapshot_size: int = 64
    checkpoint_every: int = 500
    keep_checkpoints: int = 3
    keep_best: str | None = None
    evaluations: tuple[Callable, ...] = ()
    evaluate_every: int = 5000
    callbacks: tuple[keras.callbacks.Callback, ...] = ()
    sinks: tuple[Callable[..., Callable[[dict[str, float]], None]], ...] = ()
    start_from: str | None = None
    max_gap: float = 1e4
    max_gap_growth: float = 30.0
    max_rollbacks: int = 3

    def __post_init__(self):
        for name in _COUNTS:
            value = getattr(self, name)
            if (name, value) != ("max_steps", None) and (not isinstance(value, int) or value < 1):
                raise ValueError(f"Run.{name} = {value!r}: must be an integer, 1 or more")
        if self.max_rollbacks not in range(_MOST_ROLLBACKS + 1):
            raise ValueError(f"Run.max_rollbacks = {self.max_rollbacks!r}: must be an integer, 0 to {_MOST_ROLLBACKS}")
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**31:
            raise ValueError(f"Run.seed = {self.seed!r}: must be an integer from 0 to 2**31 - 1")
        for name in ("snapshot_every", "evaluate_every") if self.evaluations else ("snapshot_every",):
            if getattr(self, name) % self.log_every:
                raise ValueError(
                    f"Run.{name} = {getattr(self, name)} is not a multiple of Run.log_every = {self.log_every}"
                )
        self._check_best()
        _check_callbacks(self.callbacks)
        if not isinstance(self.sinks, list | tuple) or not all(map(callable, self.sinks)):
            raise ValueError(f"Run.sinks = {self.sinks!r}: must be a list of functions, such as [@my_rows] without ()")

    def _check_best(self) -> None:
        task = (self.keep_best or "").removeprefix("-").split("/")[0]
        asked = [one.__name__ for one in self.evaluations]
        if self.keep_best is not None and task not in asked:
            known = f"there are {', '.join(asked)}" if asked else "there are none"
            raise ValueError(f"Run.keep_best = {self.keep_best!r}: is of no task in Run.evaluations; {known}")

    def total_steps(self, steps_per_epoch: int) -> int:
        """The step at which training is finished."""
        return self.max_steps if self.max_steps is not None else self.epochs * steps_per_epoch


def _check_callbacks(callbacks: object) -> None:
    if not isinstance(callbacks, list | tuple):
        raise ValueError(f"Run.callbacks = {callbacks!r}: must be a list, such as [@MyCallback()]")
    for i, callback in enumerate(callbacks):
        if not isinstance(callback, keras.callbacks.Callback):
            raise ValueError(
                f"Run.callbacks[{i}] = {callback!r}: must be a keras.callbacks.Callback, such as @MyCallback() with ()"
            )
