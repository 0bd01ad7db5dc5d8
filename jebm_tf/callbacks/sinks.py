"""Where rows of scalars go: a file of JSON lines, TensorBoard, a terminal."""

import json
import math
from pathlib import Path

import tensorflow as tf

from jebm_tf.callbacks.scalar_log import Row, Sink


def json_lines(path: Path, first_step: int) -> Sink:
    """Appends each row to `path` as one JSON object; numbers that are not finite become null.

    Rows after `first_step` that are there already come from steps that were lost with the last checkpoint and will be
    done again: they are removed.
    """
    if path.exists():
        rows = [line for line in path.read_text().splitlines() if _step(line) <= first_step]
        draft = path.with_name(f".{path.name}.part")
        draft.write_text("".join(f"{line}\n" for line in rows))
        draft.replace(path)

    def write(row: Row) -> None:
        finite = {name: value if math.isfinite(value) else None for name, value in row.items()}
        with path.open("a") as file:
            file.write(json.dumps(finite) + "\n")

    return write


def _step(line: str) -> float:
    """The step of a row; a line that a kill cut short counts as lost."""
    try:
        return json.loads(line)["step"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return math.inf


def tensorboard(writer: tf.summary.SummaryWriter) -> Sink:
    """Writes each entry of a row as a scalar under its own name."""

    def write(row: Row) -> None:
        with writer.as_default(step=row["step"]):
            for name, value in row.items():
                if name != "step":
                    tf.summary.scalar(name, value)
        writer.flush()

    return write
