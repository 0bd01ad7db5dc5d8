"""Stops a run that has diverged, before it overwrites what is still good."""

import math
import statistics
from collections import deque
from collections.abc import Sequence

import tensorflow as tf

from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.errors import DIVERGED, UserError
from jebm_tf.trainers.base import Trainer

_BAND = 30  # rows
_WAY_OUT = f"{DIVERGED}; its last checkpoints are from before. docs/how-to/diagnostics.md says what helps"


class DivergedError(UserError):
    """A run that has diverged. What is saved is from before."""


def total_gap(row: Row, names: Sequence[str]) -> float | None:
    """f(z+) − f(z−) summed over heads, in nats; None for a row without heads.

    Args:
      row: scalars by name.
      names: of the gaps, see `Trainer.gap_names`.
    """
    gaps = [row[name] for name in names if name in row]
    return sum(gaps) if gaps else None


def stop_where_diverged(trainer: Trainer, max_gap: float, max_growth: float) -> Sink:
    """A sink that ends a run at a row where `check` does, or where f's gap has left the band that it kept to.

    Args:
      trainer: whose scalars they are.
      max_gap: of `check`.
      max_growth: how many times the median of the rows before, plus a nat, a gap may be.
    """
    before: deque[float] = deque(maxlen=_BAND)

    def sink(row: Row) -> None:
        check(trainer, row, max_gap)
        gap = abs(total_gap(row, trainer.gap_names) or 0.0)
        usual = statistics.median(before) if len(before) == _BAND else math.inf
        if gap > max_growth * (usual + 1.0):
            raise DivergedError(f"step {trainer.step}: f's gap is {gap:.4g} and was about {usual:.4g}, {_WAY_OUT}")
        before.append(gap)

    return sink


def check(trainer: Trainer, row: Row, max_gap: float) -> None:
    """Checks that the scalars of learning are finite, and f's gap no larger than `max_gap` in nats.

    Others in the row are ignored: single chains may stray without harm, and an evaluation is not learned.

    Raises:
      DivergedError: they are not.
    """
    for name in trainer.scalars.scalar_names:
        if not math.isfinite(row.get(name, 0.0)):
            raise DivergedError(f"step {trainer.step}: {name} is {row[name]}, {_WAY_OUT}")
    gap = total_gap(row, trainer.gap_names) or 0.0
    if abs(gap) > max_gap:
        raise DivergedError(f"step {trainer.step}: f's gap is {gap:.4g}, over Run.max_gap = {max_gap:g}, {_WAY_OUT}")


def check_weights(trainer: Trainer) -> None:
    """Checks that all weights, and what the optimizer remembers of them, are finite.

    Raises:
      DivergedError: one is not.
    """
    for holder in (trainer.model, trainer.optimizer):
        for variable in holder.variables:
            value = tf.convert_to_tensor(variable)
            if value.dtype.is_floating and not tf.reduce_all(tf.math.is_finite(value)):
                raise DivergedError(f"step {trainer.step}: {variable.path} is not finite, {_WAY_OUT}")
