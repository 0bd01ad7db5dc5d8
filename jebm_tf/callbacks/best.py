"""The checkpoint of the best evaluation of a run, kept beside the latest ones."""

import json
import shutil
from pathlib import Path

from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.storage import durable
from jebm_tf.storage.checkpoint_store import CheckpointStore

_RECORD = "best.json"


def keep_best(number: str, checkpoints: Path, best: Path, first_step: int) -> Sink:
    """A sink of rows that copies the newest checkpoint to `best` where a number of an evaluation is less than ever.

    Args:
      number: "TASK/NUMBER", or "TASK" where both are called alike; after a "-" the greatest is the best.
      checkpoints: of the run; the step of a row is saved before it is evaluated.
      best: a folder with one checkpoint and what it was chosen by.
      first_step: from which the run goes on; a best one of a later step is one that will be evaluated again.
    """
    name, sign = number.removeprefix("-"), -1.0 if number.startswith("-") else 1.0
    key = f"eval/{name}" if "/" in name else f"eval/{name}/{name}"
    record = _read(best / _RECORD)
    least = record["value"] if record.get("number") == number and record["step"] <= first_step else None

    def take(row: Row) -> None:
        nonlocal least
        if key not in row or (least is not None and sign * row[key] >= sign * least):
            return
        newest = CheckpointStore(checkpoints).all()[-1]
        if newest.step != row["step"]:
            return
        with durable.drafted(best.with_name(f"{best.name}_new")) as draft:
            shutil.copytree(newest.folder, draft / newest.folder.name)
            facts = {"number": number, "value": row[key], "step": newest.step}
            (draft / _RECORD).write_text(json.dumps(facts) + "\n", encoding="utf-8")
        _replace(best)
        least = row[key]

    return take


def _replace(best: Path) -> None:
    """Puts what was made beside it in its place; a kill in between leaves the new one, which the next start takes."""
    if best.exists():
        durable.discard(best)
    best.with_name(f"{best.name}_new").replace(best)


def _read(path: Path) -> dict:
    if not path.is_file() and path.parent.with_name(f"{path.parent.name}_new").is_dir():
        _replace(path.parent)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
