"""How often a run has diverged and gone back to an earlier checkpoint, on record in its directory."""

import json
from pathlib import Path
from typing import NamedTuple

from jebm_tf.callbacks.scalar_log import Row
from jebm_tf.storage import durable


class Rollback(NamedTuple):
    """One time that a run went back.

    Attributes:
      at_step: where it was found to have diverged.
      to_step: of the checkpoint from which it went on, with other noise.
      reason: what was found.
    """

    at_step: int
    to_step: int
    reason: str


class Rollbacks:
    """Those of a run, the first one first. A line of `path` for each.

    Args:
      path: the file; need not be there.
    """

    def __init__(self, path: Path):
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        self.all = [Rollback(**json.loads(line)) for line in lines]

    def number_at(self, step: int) -> int:
        """Which rollback's noise the step has: 0 for the run's first, before any."""
        return max((i for i, rollback in enumerate(self.all, start=1) if rollback.to_step <= step), default=0)

    def how_far(self, at_step: int, margin: int) -> int:
        """How many checkpoints to go back now: one, and one more for each time that it did not help before.

        Args:
          at_step: where the run has diverged now.
          margin: steps; who gets no further than this past the last such place was not helped.
        """
        vain = 0
        for rollback in reversed(self.all):
            if at_step > rollback.at_step + margin:
                break
            vain, at_step = vain + 1, rollback.at_step
        return 1 + vain

    def add(self, rollback: Rollback, *, record: bool) -> None:
        """Takes note of one; on disk where `record` says that this process writes."""
        self.all.append(rollback)
        if record:
            durable.append_line(self.path, json.dumps(rollback._asdict()))

    def row(self) -> Row:
        """What the log says of the last one, at the step from which the run goes on."""
        last = self.all[-1]
        return {"step": last.to_step, "rollback/number": len(self.all), "rollback/at_step": last.at_step}
