"""Reading what `writer.write` wrote."""

import json
from pathlib import Path
from typing import Any


def in_folder(directory: Path) -> dict[str, dict[str, Any]]:
    """Every `TASK.json` in a folder, by task, in the order of their names; other files that end so are passed over."""
    read = {path.stem: read_json(path) for path in sorted(directory.glob("*.json"))}
    return {name: found for name, found in read.items() if isinstance(found, dict) and found.get("task") == name}


def read_json(path: Path) -> Any:
    """What a file holds; None where there is none, or where it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
