"""Stops a run that has diverged, before it overwrites what is still good."""

import math
from collections.abc import Sequence

from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.errors import UserError
from jebm_tf.trainers.base import Trainer

_WAY_OUT = "so the run has diverged; its last checkpoints are from before. README.md, under Watch, says what helps"


def total_gap(row: Row, names: Sequence[str]) -> float | None:
    """f(z+) − f(z−) summed over heads, in nats; None for a row without heads.

    Args:
      row: scalars by name.
      names: of the gaps, see `Trainer.gap_names`.
    """
    gaps = [row[name] for name in names if name in row]
    return sum(gaps) if gaps else None


def stop_where_diverged(trainer: Trainer, max_gap: float) -> Sink:
    """A sink that ends a run at a row where `check` does."""
    return lambda row: check(trainer, row, max_gap)


def check(trainer: Trainer, row: Row, max_gap: float) -> None:
    """Checks that the scalars of learning are finite, and f's gap no larger than `max_gap` in nats.

    Others in the row are ignored: single chains may stray without harm, and an evaluation is not learned.

    Raises:
      UserError: they are not.
    """
    for name in trainer.scalars.scalar_names:
        if not math.isfinite(row.get(name, 0.0)):
            raise UserError(f"step {trainer.step}: {name} is {row[name]}, {_WAY_OUT}")
    gap = total_gap(row, trainer.gap_names) or 0.0
    if abs(gap) > max_gap:
        raise UserError(f"step {trainer.step}: f's gap is {gap:.4g}, over Run.max_gap = {max_gap:g}, {_WAY_OUT}")
