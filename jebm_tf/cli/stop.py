"""Ending training at a step's end, with everything saved, when asked to by a signal."""

import signal
import sys
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


class StopOnSignal(keras.callbacks.Callback):
    """A context in which SIGINT (Ctrl-C) and SIGTERM end training after the step under way.

    A second signal acts as it would have without this. Of several workers one is enough: all end after the same step,
    since none could go on without the others.

    Attributes:
      signal: the signal that came, here or to another worker, or None.
    """

    def __init__(self):
        super().__init__()
        self.signal: int | None = None
        self._before: dict[int, Any] = {}
        self._agree: Callable[[tf.Tensor], tf.Tensor] | None = None

    def set_model(self, model):
        """Gets ready to ask the other workers, where there are some."""
        super().set_model(model)
        if isinstance(model.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            self._agree = _greatest_of_all_workers(model.distribute_strategy)

    def __enter__(self):
        """Takes the two signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_):
        """Gives them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def on_train_batch_end(self, batch, logs=None):
        """Ends training where a signal came."""
        if self._agree is not None:
            self.signal = int(self._agree(tf.constant(self.signal or 0))) or None
        if self.signal is not None:
            self.model.stop_training = True

    def _note(self, number, frame) -> None:
        self.signal = number
        signal.signal(number, self._before[number])
        print(f"\n{signal.Signals(number).name}: ending after this step; once more to end at once", file=sys.stderr)


def _greatest_of_all_workers(strategy: tf.distribute.Strategy) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function of one integer of each worker's that returns the greatest to all of them."""

    @tf.function(autograph=False)
    def agree(mine: tf.Tensor) -> tf.Tensor:
        def gather(number: tf.Tensor) -> tf.Tensor:
            return tf.reduce_max(tf.distribute.get_replica_context().all_gather(number[tf.newaxis], axis=0))

        return strategy.experimental_local_results(strategy.run(gather, args=(mine,)))[0]

    return agree
