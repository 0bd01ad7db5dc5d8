"""Wall-clock times of repeated calls: the median, and the interquartile range as their spread."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

WARM_UP = 2  # calls before the first that counts: the first compiles, the second meets cold caches


@dataclasses.dataclass(frozen=True)
class Times:
    """Of the same call, again and again.

    Attributes:
      seconds: of each call, in order.
      processor: seconds that all threads of the process together computed in it. On a machine that does other work too
        these say more than those on the clock.
    """

    seconds: tuple[float, ...]
    processor: tuple[float, ...]

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

    @property
    def cores(self) -> float:
        """How many cores the process had on average."""
        return sum(self.processor) / sum(self.seconds)

    def per(self, number: int) -> "Times":
        """Of one of the `number` equal things that a call does."""
        return Times(tuple(s / number for s in self.seconds), tuple(s / number for s in self.processor))


def times_of(call: Callable[[int], Any], repeats: int, warm_up: int = WARM_UP) -> Times:
    """Times a call of a function of the turn's number, each until all that it returns is computed."""
    marks = [now()]
    for turn in range(warm_up + repeats):
        wait(call(turn))
        marks.append(now())
    return between(marks[warm_up:])


def now() -> tuple[float, float]:
    """The clock's time, and that of the processor for this process."""
    return time.perf_counter(), time.process_time()


def between(marks: Sequence[tuple[float, float]]) -> Times:
    """The times from each `now()` to the next."""
    clock, processor = (tuple(end - begin for begin, end in pairwise(times)) for times in zip(*marks, strict=True))
    return Times(clock, processor)


def joined(several: Sequence[Times]) -> Times:
    """Times of the same call that were measured apart."""
    return Times(
        tuple(s for times in several for s in times.seconds), tuple(s for times in several for s in times.processor)
    )


def wait(result: Any) -> None:
    """Returns when every tensor of a structure is computed, wherever that is; copies one number of each."""
    for tensor in tf.nest.flatten(result):
        if tf.is_tensor(tensor):
            tf.reshape(tensor, [-1])[:1].numpy()


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Of the line through log seconds over log sizes, by least squares: n for a cost of size^n."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
