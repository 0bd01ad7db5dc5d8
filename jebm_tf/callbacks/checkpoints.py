"""Checkpoints from which a run goes on bit for bit."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf

from jebm_tf.callbacks.divergence import check, check_weights
from jebm_tf.callbacks.saved_weights import NONE_WHOLE, averages_of, first_line, values_of, warn_of_damage, weights_of
from jebm_tf.errors import UserError
from jebm_tf.storage.checkpoint_store import Checkpoint, CheckpointStore
from jebm_tf.storage.manifest import DamagedError
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.run import Run


class Checkpoints(keras.callbacks.Callback):
    """Saves every `run.checkpoint_every` steps and at the end of training, however it ends.

    A checkpoint holds weights, their averages, the bank of chains, the trainer's own state, optimizer, step, running
    means and seed. The position in the data is a function of (seed, step), see `jebm_tf.data.pipeline`.

    Args:
      trainer: what is saved and restored.
      source: where checkpoints are looked for.
      target: where they are saved: `source`, but for workers that only take part in saving.
      run: how often, and how many to keep.
      facts: go into each checkpoint's manifest.
    """

    def __init__(self, trainer: Trainer, source: Path, target: Path, run: Run, facts: Mapping[str, Any] | None = None):
        super().__init__()
        self.every = run.checkpoint_every
        self.seed = tf.Variable(trainer.seed, dtype=tf.int64, trainable=False)
        self._max_gap = run.max_gap
        self._keep = run.keep_checkpoints
        self._facts = facts or {}
        self._trainer = trainer
        self._checkpoint = tf.train.Checkpoint(
            model=weights_of(trainer.model),
            optimizer=values_of(trainer.optimizer),
            scalars=values_of(trainer.scalars),
            seed=self.seed,
            averages=averages_of(trainer),
            bank=[] if trainer.bank is None else trainer.bank.values,
            state=list(trainer.state),
        )
        self._source, self._target = CheckpointStore(source), CheckpointStore(target)
        self._saved_step: int | None = None

    def restore(self) -> int | None:
        """Loads the newest whole checkpoint and returns the step to go on from; None where there is no checkpoint.

        Damaged ones that are newer are said, and moved aside where this process is the one that writes them.

        Raises:
          UserError: there are some, and none is whole; or it is of another model or seed.
        """
        checkpoint = next(self._source.newest_first(self._pass_over), None)
        if checkpoint is None:
            if self._source.all() or self._source.has_damaged():
                raise UserError(f"{self._source.directory}: {NONE_WHOLE}")
            return None
        self._load(checkpoint)
        return self._trainer.step

    def go_back(self, number: int) -> int:
        """Loads the checkpoint that is `number` whole ones back, or the oldest, and returns its step.

        Newer ones, from where the run was about to diverge, are moved aside.

        Raises:
          UserError: there is none.
        """
        found = list(islice(self._source.newest_first(self._pass_over), number))
        if not found:
            raise UserError(f"{self._source.directory}: {NONE_WHOLE}")
        self._load(found[-1])
        for newer in found[:-1]:
            self._set_aside(newer, "diverged")
        return self._trainer.step

    def on_train_batch_end(self, batch, logs=None):
        """Saves where it is due."""
        if self._trainer.step % self.every == 0:
            self.save()

    def on_train_end(self, logs=None):
        """Saves what is not saved yet."""
        self.save()

    def save(self) -> None:
        """Saves, unless this step is saved already.

        Raises:
          UserError: the run has diverged since scalars were last logged, or the disk refused; what is saved stays as it
            was.
        """
        step = self._trainer.step
        if self._saved_step == step:
            return
        check(self._trainer, self._trainer.scalars.means(), self._max_gap)
        check_weights(self._trainer)
        try:
            self._target.save(step, self._checkpoint.write, self._facts, self._keep)
        except (OSError, DamagedError, tf.errors.OpError) as error:
            kept = "none is saved yet" if self._saved_step is None else f"that of step {self._saved_step} is kept"
            raise UserError(
                f"{self._target.directory}: the checkpoint of step {step} ({self._megabytes():,.1f} MB) could not be"
                f" written ({first_line(error)}); {kept}. Make room, then run the same command again"
            ) from error
        self._saved_step = step

    def _load(self, checkpoint: Checkpoint) -> None:
        try:
            self._checkpoint.read(checkpoint.prefix).assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise UserError(f"{checkpoint.folder}: cannot be loaded into this model ({first_line(error)})") from error
        if int(self.seed.numpy()) != self._trainer.seed:
            raise UserError(
                f"{checkpoint.folder}: saved by a run with Run.seed = {int(self.seed.numpy())},"
                f" not {self._trainer.seed}"
            )
        self._saved_step = self._trainer.step

    def _pass_over(self, checkpoint: Checkpoint, why: str) -> None:
        warn_of_damage(checkpoint, why)
        self._set_aside(checkpoint, "damaged")

    def _set_aside(self, checkpoint: Checkpoint, why: Literal["damaged", "diverged"]) -> None:
        if self._source.directory == self._target.directory:  # else another process writes there
            self._source.set_aside(checkpoint, why)

    def _megabytes(self) -> float:
        held = tf.nest.flatten([values_of(holder) for holder in (self._trainer.model, self._trainer.optimizer)])
        return sum(v.dtype.size * v.shape.num_elements() for v in held) / 1e6
