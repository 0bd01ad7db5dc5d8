"""A task's answer as NAME.json and NAME_*.png."""

import json
from pathlib import Path
from typing import Any

from jebm_tf import pictures
from jebm_tf.evaluation.result import Result
from jebm_tf.reporting.plain import plain
from jebm_tf.storage.durable import write_text


def write(result: Result, task: str, receipt: dict[str, Any], directory: Path, title: str | None = None) -> Path:
    """Writes the pictures, then `TASK.json`, which names them; each file appears whole or not at all.

    Args:
      result: the answer.
      task: its name.
      receipt: what was asked, when, where and of which model.
      directory: where to write.
      title: what a report calls it; its name unless given.

    Returns:
      The path of the JSON file. Numbers that are not finite are null in it.
    """
    listed = []
    for name, picture in result.pictures.items():
        file = f"{task}_{name}.png"
        pictures.save_png(directory / file, picture.image)
        listed.append({"file": file, "caption": picture.caption})
    content = {
        "task": task,
        "title": task if title is None else title,
        "numbers": result.numbers,
        "protocol": result.protocol,
        "notes": list(result.notes),
        "tables": result.tables,
        "curves": result.curves,
        "pictures": listed,
        "receipt": receipt,
    }
    path = directory / f"{task}.json"
    write_text(path, json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return path
