"""Progress for people: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence

import keras
from tqdm import tqdm

from jebm_tf.callbacks.divergence import total_gap
from jebm_tf.callbacks.scalar_log import Row

_SILENCE = 20.0  # seconds after which a line appears although there are no new scalars


class Progress(keras.callbacks.Callback):
    """A bar with ETA and images/s where standard error is a terminal; otherwise one line for each row of scalars.

    Where rows are far apart, a line without scalars says in between how far training is.

    `show` is the sink that a `ScalarLog` calls.

    Args:
      first_step: where training begins.
      last_step: where it ends.
    """

    def __init__(self, first_step: int, last_step: int):
        super().__init__()
        self.first_step = first_step
        self.last_step = last_step
        self._bar: tqdm | None = None
        self._begin: tuple[int, float] | None = None
        self._spoken = time.perf_counter()

    def on_train_begin(self, logs=None):
        """Opens the bar."""
        if sys.stderr.isatty():
            self._bar = tqdm(total=self.last_step, initial=self.first_step, unit="step", dynamic_ncols=True)

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        if self._begin is None:  # after the step that compiles
            self._begin = (self.model.step, time.perf_counter())
        if self._bar is not None:
            self._bar.update()
        elif time.perf_counter() - self._spoken > _SILENCE:
            self._say("")

    def on_train_end(self, logs=None):
        """Closes the bar."""
        if self._bar is not None:
            self._bar.close()

    def show(self, row: Row) -> None:
        """Shows a row of scalars."""
        if self._bar is not None:
            self._bar.set_postfix_str(summary(row, self.model.gap_names))
            return
        self._say(f"  {summary(row, self.model.gap_names)}")

    def _say(self, what: str) -> None:
        step = self.model.step
        share = f"{100 * step // self.last_step:3d} %"
        print(f"step {step}/{self.last_step} {share}{what}  ETA {self._eta(step)}", flush=True)
        self._spoken = time.perf_counter()

    def _eta(self, step: int) -> str:
        done = 0 if self._begin is None else step - self._begin[0]
        if self._begin is None or not done:
            return "?"
        seconds = (time.perf_counter() - self._begin[1]) / done * (self.last_step - step)
        return tqdm.format_interval(seconds)


_SHOWN = {
    "log_likelihood": "log p(x|z) {:.4g}",
    "mse": "mse {:.4f}",
    "second_elbo": "ELBO of z_1 {:.4g}",
    "contrast": "contrast {:.4f}",
    "accuracy": "accuracy {:.3f}",
}


def summary(row: Row, gap_names: Sequence[str]) -> str:
    """The few numbers of a row by which a run is judged at a glance; the gaps are those of f's heads."""
    parts = [text.format(row[name]) for name, text in _SHOWN.items() if name in row]
    gap = total_gap(row, gap_names)
    if gap is not None:
        parts.append(f"f gap {gap:+.3f}")
    if "images_per_second" in row:
        parts.append(f"{row['images_per_second']:.0f} images/s")
    return "  ".join(parts)
