"""How fast training is, without what logging, snapshots and checkpoints take."""

import time

import keras


class Stopwatch(keras.callbacks.Callback):
    """Adds up the time of training steps alone. It must come before all other callbacks, so as to stop first."""

    def __init__(self):
        super().__init__()
        self._begin: float | None = None
        self._compiled = None  # the step function that has run once
        self._steps = 0
        self._seconds = 0.0

    def on_train_batch_begin(self, batch, logs=None):
        """Starts."""
        self._begin = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Stops. A function's first step is left out: it compiles, and a speed that includes it would mislead."""
        if self._compiled is self.model.train_function:
            self._steps += 1
            self._seconds += time.perf_counter() - self._begin
        self._compiled = self.model.train_function

    def lap(self) -> tuple[int, float]:
        """Steps and seconds since the last lap."""
        lap = self._steps, self._seconds
        self._steps, self._seconds = 0, 0.0
        return lap
