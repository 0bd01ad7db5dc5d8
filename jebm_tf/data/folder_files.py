"""Which files of a folder are its pictures, and which splits and classes they are in."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".avif"}
SUFFIXES |= {".tif", ".tiff", ".ppm", ".pgm", ".pnm"}
SPLITS = ("train", "val", "valid", "validation", "test")
_LITTER = ("__macosx",)  # that archives bring, beside names with a leading dot


def pictures(folder: Path) -> list[Path]:
    """Every picture file below `folder`, sorted: what is hidden and what archives bring along is left out.

    Links are followed, each folder once.
    """
    return sorted(path for path in _all_files(folder) if path.suffix.lower() in SUFFIXES)


def others(folder: Path) -> Counter[str]:
    """The endings of the other files that are not hidden, and how many there are of each."""
    return Counter(path.suffix.lower() for path in _all_files(folder) if path.suffix.lower() not in SUFFIXES)


def splits(folder: Path) -> dict[str, Path]:
    """The subfolders that are splits, by name in small letters."""
    return {
        path.name.lower(): path for path in sorted(folder.iterdir()) if path.name.lower() in SPLITS and path.is_dir()
    }


def class_of(path: Path, root: Path) -> str | None:
    """The name of the subfolder of `root` that a file is in, which is its class; None beside the subfolders."""
    parts = path.relative_to(root).parts
    return parts[0] if len(parts) > 1 else None


def class_names(roots: Iterable[Path]) -> tuple[str, ...]:
    """The classes of all splits of a data set, sorted, so that a label means the same in each of them.

    Empty where subfolders are no classes: there are fewer than two, or in no split are all pictures in one of them.

    Args:
      roots: the folder of each split.
    """
    names: set[str] = set()
    for root in roots:
        found = {class_of(path, root) for path in pictures(root)}
        if None not in found:
            names |= {name for name in found if name is not None}
    return tuple(sorted(names)) if len(names) > 1 else ()


def _all_files(folder: Path) -> list[Path]:
    found, seen = [], set()
    for place, folders, names in os.walk(folder, followlinks=True):
        here = os.path.realpath(place)
        if here in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not _is_litter(name))
        found += [Path(place, name) for name in names if not _is_litter(name)]
    return found


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER
