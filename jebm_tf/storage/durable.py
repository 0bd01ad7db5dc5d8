"""Files and folders that appear whole or not at all, and are on the disk once they have appeared."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DRAFT = ".{}.part"  # what a kill leaves of something that was being written; `sweep` removes it


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A block that writes a file or folder at the path that it is given; after it, all of that stands at `path`.

    If the block fails nothing of it is left, and what stood at `path` before still does. A folder can only appear where
    there is none.

    Raises:
      OSError: the file system refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(_DRAFT.format(path.name))
    _remove(draft)
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
    except BaseException:
        _remove(draft)
        raise
    flush_directory(path.parent)


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 file that appears whole or not at all."""
    with drafted(path) as draft:
        draft.write_bytes(_encoded(text))


def append_line(path: Path, line: str) -> None:
    """Appends a line to a UTF-8 file; of a line that does not fit on the disk nothing stays."""
    with path.open("ab", buffering=0) as file:
        end = file.tell()
        data = _encoded(f"{line}\n")
        try:
            written = file.write(data)
            if written != len(data):
                file.write(data[written:])  # raises what stopped the first part
        except OSError:
            file.truncate(end)
            raise


def discard(folder: Path) -> None:
    """Removes a folder that is whole until the moment from which it is gone."""
    draft = folder.with_name(_DRAFT.format(folder.name))
    _remove(draft)
    folder.replace(draft)
    flush_directory(folder.parent)
    _remove(draft)


def sweep(directory: Path) -> None:
    """Removes what killed writers left in a directory and below. Nobody may be writing there."""
    for path in list(directory.rglob(_DRAFT.format("*"))):
        _remove(path)


def flush_directory(directory: Path) -> None:
    """Puts a directory's own entries on the disk, where the platform can."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        else:
            flush_directory(file)
    if path.is_dir():
        flush_directory(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _encoded(text: str) -> bytes:
    """UTF-8, in which names of files that are not UTF-8 stay the bytes that they are."""
    return text.encode("utf-8", errors="surrogateescape")
