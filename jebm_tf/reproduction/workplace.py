"""The folder that a reproduction lives in: what lies where, and what of it is there already."""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jebm_tf.reproduction.plan import Evaluation, Experiment, Table, Training
from jebm_tf.storage import durable
from jebm_tf.storage.checkpoint_store import CheckpointStore


class Workplace:
    """Paths below a folder, and what was left there by processes that have ended.

    Args:
      output: the folder; need not be there.
    """

    def __init__(self, output: Path):
        self.output = output

    def run_dir(self, training: Training) -> Path:
        """Of a training."""
        return self.output / "runs" / training.name

    def evaluation_dir(self, training: Training, evaluation: str) -> Path:
        """Of an answer."""
        return self.output / "evaluations" / training.name / evaluation

    def samples(self, training: Training) -> Path:
        """The images for the picture."""
        return self.output / "samples" / f"{training.name}.npz"

    def log(self, name: str) -> Path:
        """What the processes of a training have said."""
        return self.output / "logs" / f"{name}.log"

    def document(self, table: Table, ending: str) -> Path:
        """What is written of a table: `md`, `json` or `png`."""
        return self.output / f"{table.name}.{ending}"

    def step(self, training: Training) -> int | None:
        """Of the last checkpoint; None where there is none."""
        found = CheckpointStore(self.run_dir(training) / "checkpoints").all()
        return found[-1].step if found else None

    def seconds_per_step(self, training: Training) -> float | None:
        """The median over the run's rows of scalars; None where there are none."""
        return median_seconds(self.run_dir(training))

    def rollbacks(self, training: Training) -> int:
        """How often the run has gone back."""
        path = self.run_dir(training) / "rollbacks.jsonl"
        return len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0

    def note_end(self, training: Training, facts: Mapping[str, Any]) -> None:
        """Writes down how the process of a training ended."""
        durable.write_text(self._record(training), json.dumps(dict(facts), indent=1, ensure_ascii=False) + "\n")

    def end(self, training: Training) -> dict[str, Any]:
        """What `note_end` wrote last; empty where nothing is."""
        return read_json(self._record(training)) or {}

    def answer(self, training: Training, name: str, evaluation: Evaluation) -> dict[str, Any] | None:
        """The answer to a task; None where there is none."""
        return read_json(self.evaluation_dir(training, name) / f"{evaluation.task}.json")

    def answers(self, experiment: Experiment) -> dict[str, dict[str, Any]]:
        """All that are there, by name."""
        asked = experiment.evaluations.items()
        found = {name: self.answer(experiment.training, name, evaluation) for name, evaluation in asked}
        return {name: answer for name, answer in found.items() if answer is not None}

    def _record(self, training: Training) -> Path:
        return self.output / "records" / f"{training.name}.json"


def median_seconds(run_dir: Path) -> float | None:
    """Seconds of a step: the median over the rows of scalars of a run; None where there are none."""
    path = run_dir / "metrics.jsonl"
    if not path.is_file():
        return None
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    seconds = [1.0 / row["steps_per_second"] for row in rows if row.get("steps_per_second")]
    return statistics.median(seconds) if seconds else None


def read_json(path: Path) -> dict[str, Any] | None:
    """What a file holds; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
