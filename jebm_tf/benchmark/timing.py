"""Wall-clock times of repeated calls: the median, and the interquartile range as their spread."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

WARM_UP = 2  # calls before the first that counts: the first compiles, the second meets cold caches


@dataclasses.dataclass(frozen=True)
class Times:
    """Of the same call, again and again.

    Attributes:
      seconds: of each call, in order.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """In seconds."""
        return float(np.median(self.seconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        """The first and the third, in seconds."""
        low, high = np.quantile(self.seconds, [0.25, 0.75])
        return float(low), float(high)

    @property
    def best(self) -> float:
        """The least, in seconds."""
        return min(self.seconds)


def times_of(call: Callable[[int], Any], repeats: int, warm_up: int = WARM_UP) -> Times:
    """Times a call of a function of the turn's number, each until all that it returns is computed."""
    found = []
    for turn in range(warm_up + repeats):
        start = time.perf_counter()
        wait(call(turn))
        found.append(time.perf_counter() - start)
    return Times(tuple(found[warm_up:]))


def wait(result: Any) -> None:
    """Returns when every tensor of a structure is computed, wherever that is; copies one number of each."""
    for tensor in tf.nest.flatten(result):
        if tf.is_tensor(tensor):
            tf.reshape(tensor, [-1])[:1].numpy()


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Of the line through log seconds over log sizes, by least squares: n for a cost of size^n."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
