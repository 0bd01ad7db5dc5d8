"""Where rows of scalars go: a file of JSON lines, TensorBoard, a terminal."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from jebm_tf.callbacks import dashboard
from jebm_tf.callbacks.event_files import events_at
from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.storage import durable


def json_lines(path: Path, first_step: int) -> Sink:
    """Appends each row to `path` as one JSON object; numbers that are not finite become null.

    Rows after `first_step` that are there already come from steps that were lost with the last checkpoint and will be
    done again: they are removed.
    """
    if path.exists():
        rows = [line for line in path.read_text(encoding="utf-8").splitlines() if _step(line) <= first_step]
        durable.write_text(path, "".join(f"{line}\n" for line in rows))

    def write(row: Row) -> None:
        finite = {name: value if math.isfinite(value) else None for name, value in row.items()}
        durable.append_line(path, json.dumps(finite))

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
        with events_at(writer, int(row["step"])):
            for name, value in row.items():
                if name != "step":
                    tf.summary.scalar(name, value, description=dashboard.meaning(name))

    return write


def to_all(sinks: Sequence[Sink]) -> Sink:
    """A sink that hands each row to several."""

    def write(row: Row) -> None:
        for sink in sinks:
            sink(row)

    return write
