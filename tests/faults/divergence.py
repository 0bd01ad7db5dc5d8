"""Runs in which a number goes astray."""

import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.faults.children import KINDS, end, result, session, start

_MORE = ["Run.log_every = 2", "Run.max_steps = 12"]


def not_finite(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """NaN or infinity in a weight or a moment, once: nothing of it is saved, the run goes back and is completed."""
    for i in range(number):
        kind = list(KINDS)[i % 4]
        run_dir, step = folder / f"astray{i}", rng.randrange(1, 11)
        status = end(start(_astray(session(kind, run_dir, *_MORE), step, rng), folder / "log"))
        last, _, rows = result(run_dir)
        back = (run_dir / "rollbacks.jsonl").read_text().splitlines()
        finite = all(value is not None and math.isfinite(value) for row in rows for value in row.values())
        yield status == 0 and last == 12 and finite and len(back) == 1 and json.loads(back[0])["to_step"] <= step


def _astray(work: Callable[[], int | None], step: int, rng: random.Random) -> Callable[[], int | None]:
    """The same work, with a number of the model or the optimizer made NaN or infinite after this step, once."""
    value, place = rng.choice([math.nan, math.inf, -math.inf]), rng.random()

    def train() -> int | None:
        from jebm_tf.callbacks.stopwatch import Stopwatch

        original, left = Stopwatch.on_train_batch_end, [1]

        def and_then(self, batch, logs=None):
            original(self, batch, logs)
            if left and self.model.step == step:
                left.clear()
                _strike(self.model, place, value)

        Stopwatch.on_train_batch_end = and_then
        return work()

    return train


def _strike(trainer, place: float, value: float) -> None:
    held = [v for v in (*trainer.model.variables, *trainer.optimizer.variables) if v.dtype == "float32"]
    variable = held[int(place * len(held))]
    changed = np.array(variable)
    changed.flat[int(place * changed.size)] = value
    variable.assign(changed)
