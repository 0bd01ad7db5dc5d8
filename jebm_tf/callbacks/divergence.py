"""Stops a run that has diverged, before it overwrites what is still good."""

import math
import re

from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.errors import UserError

_GAP = re.compile(r"f/[^/]+/gap")
# Single chains may stray without harm, and what an evaluation finds is not what is learned.
_DIAGNOSTICS = ("prior_chain/", "posterior_chain/", "eval/")
_WAY_OUT = "so the run has diverged; its last checkpoints are from before. README.md, under Watch, says what helps"


def total_gap(row: Row) -> float | None:
    """f(z+) − f(z−) summed over heads, in nats; None for a row without heads."""
    gaps = [value for name, value in row.items() if _GAP.fullmatch(name)]
    return sum(gaps) if gaps else None


def stop_where_diverged(max_gap: float) -> Sink:
    """A sink that ends a run at a row where `check` does."""
    return lambda row: check(row, row["step"], max_gap)


def check(scalars: Row, step: float, max_gap: float) -> None:
    """Sees that what a run is learning at `step` is finite, and f's gap no larger than `max_gap` in nats.

    Raises:
      UserError: it is not.
    """
    learning = {name: value for name, value in scalars.items() if not name.startswith(_DIAGNOSTICS)}
    for name, value in learning.items():
        if not math.isfinite(value):
            raise UserError(f"step {step}: {name} is {value}, {_WAY_OUT}")
    gap = total_gap(learning) or 0.0
    if abs(gap) > max_gap:
        raise UserError(f"step {step}: f's gap is {gap:.4g}, over Run.max_gap = {max_gap:g}, {_WAY_OUT}")
