"""Ending training at a step's end, with everything saved, when asked to by a signal."""

import signal
import sys
from typing import Any

import keras


class StopOnSignal(keras.callbacks.Callback):
    """A context in which SIGINT (Ctrl-C) and SIGTERM end training after the step under way.

    A second signal acts as it would have without this.

    Attributes:
      signal: the signal that came, or None.
    """

    def __init__(self):
        super().__init__()
        self.signal: int | None = None
        self._before: dict[int, Any] = {}

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
        if self.signal is not None:
            self.model.stop_training = True

    def _note(self, number, frame) -> None:
        self.signal = number
        signal.signal(number, self._before[number])
        print(f"\n{signal.Signals(number).name}: ending after this step; once more to end at once", file=sys.stderr)
