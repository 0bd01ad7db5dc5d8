"""A manifest in a folder says what belongs there, so that whoever reads the folder knows whether it is whole."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "manifest.json"
_OWN = "sha256"  # of the manifest's other entries
_BLOCK = 1 << 20


class DamagedError(Exception):
    """A folder that is not what its manifest says, or has none. The message says what is wrong with it."""


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes the manifest of all files that are in `folder`: their sizes and SHA-256, and `facts` beside them."""
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": _digest(file)}
        for file in sorted(folder.iterdir())
        if file.name != NAME
    }
    content = {**facts, "files": files}
    text = json.dumps({**content, _OWN: _digest_of(content)}, indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """What a manifest says, once every file of its folder, and the manifest itself, have been found as they were.

    Raises:
      DamagedError: one was not.
    """
    try:
        content = json.loads((folder / NAME).read_bytes().decode("utf-8"))
        own, files = content.pop(_OWN), content["files"]
    except FileNotFoundError as error:
        raise DamagedError(f"{NAME} is missing") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{NAME} cannot be read") from error
    if own != _digest_of(content):
        raise DamagedError(f"{NAME} is not as it was written")
    for name, written in files.items():
        _check(folder / name, written)
    return content


def _check(file: Path, written: Mapping[str, Any]) -> None:
    try:
        size = file.stat().st_size
        if size != written["bytes"]:
            raise DamagedError(f"{file.name} has {size:,} bytes of {written['bytes']:,}")
        if _digest(file) != written["sha256"]:
            raise DamagedError(f"{file.name} is not as it was written")
    except FileNotFoundError as error:
        raise DamagedError(f"{file.name} is missing") from error
    except OSError as error:
        raise DamagedError(f"{file.name} cannot be read ({error.strerror})") from error


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
