"""Reads the trainer's running means every so often and hands each row to those who show or keep it."""

from collections.abc import Callable, Mapping, Sequence

import keras

from jebm_tf.callbacks.stopwatch import Stopwatch

Row = dict[str, float]
Sink = Callable[[Row], None]


class ScalarLog(keras.callbacks.Callback):
    """One row every `every` steps and at the last step: `step` first, then means since the last row, then speed.

    Args:
      every: steps between rows.
      last_step: where training ends.
      batch_size: images per step, for images/s.
      stopwatch: tells how long the steps took.
      sinks: called with each row.
    """

    def __init__(self, every: int, last_step: int, batch_size: int, stopwatch: Stopwatch, sinks: Sequence[Sink]):
        super().__init__()
        self.every = every
        self.last_step = last_step
        self.batch_size = batch_size
        self.stopwatch = stopwatch
        self.sinks = tuple(sinks)
        self._extra: Row = {}

    def add(self, values: Mapping[str, float]) -> None:
        """Puts `values` into the next row."""
        self._extra.update(values)

    def on_train_batch_end(self, batch, logs=None):
        """Emits a row where one is due."""
        step = self.model.step
        if step % self.every == 0 or step == self.last_step:
            self._emit(step)

    def _emit(self, step: int) -> None:
        scalars = self.model.scalars
        row = {"step": step} | scalars.means()
        row |= self._extra | self._speed()
        scalars.reset_state()
        self._extra = {}
        for sink in self.sinks:
            sink(row)

    def _speed(self) -> Row:
        steps, seconds = self.stopwatch.lap()
        if not steps:
            return {}
        return {"steps_per_second": steps / seconds, "images_per_second": self.batch_size * steps / seconds}
