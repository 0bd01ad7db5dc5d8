"""Images from a folder of picture files, in the order of their names."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import numpy as np

from jebm_tf.data import picture_file
from jebm_tf.data.images import ImageSet, centre_crop_and_resize
from jebm_tf.errors import UserError

SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".avif"}
SUFFIXES |= {".tif", ".tiff", ".ppm", ".pgm", ".pnm"}
_SPLITS = ("train", "val", "valid", "validation", "test")
_LITTER = ("__macosx",)  # that archives bring, beside names with a leading dot


def files(folder: Path) -> list[Path]:
    """Every picture file below `folder`, sorted: what is hidden and what archives bring along is left out.

    Links are followed, each folder once.
    """
    return sorted(path for path in _all_files(folder) if path.suffix.lower() in SUFFIXES)


def skipped(folder: Path) -> Counter[str]:
    """The endings of the other files that are not hidden, and how many there are of each."""
    return Counter(path.suffix.lower() for path in _all_files(folder) if path.suffix.lower() not in SUFFIXES)


def split_folders(folder: Path) -> dict[str, Path]:
    """The subfolders that are splits, by name in small letters."""
    return {
        path.name.lower(): path for path in sorted(folder.iterdir()) if path.name.lower() in _SPLITS and path.is_dir()
    }


def load(
    folder: Path,
    split: str,
    channels: int,
    *,
    crop: int | None = None,
    size: int | None = None,
    background: int = 255,
    test_share: float = 0.0,
) -> ImageSet:
    """All images below the subfolder that is called like the split, of a folder without splits those of its share.

    Args:
      folder: where to look.
      split: which subfolder, in small or capital letters.
      channels: 1 converts to grey, 3 to RGB.
      crop, size: as in `centre_crop_and_resize`; without `size` all files must be of one size.
      background: what transparent pixels are laid over, see `picture_file.read`.
      test_share: of a folder without splits, the share of its files that are "test", chosen by a hash of their names;
        with 0 all of them are, as they are "train", and the source says so.

    Raises:
      UserError: there are splits but not this one; no image there, one that cannot be read, or sizes that differ.
    """
    root, paths, remark = _chosen(folder, split, test_share)
    others = skipped(root)
    if not paths:
        found = f"; there are {_counts(others)}" if others else ""
        raise UserError(f"{root}: no image files ({', '.join(sorted(SUFFIXES))}) below this folder{found}")
    if others:
        print(f"{root}: {len(paths)} images; left out {_counts(others)}", flush=True)
    images = [_read(path, channels, crop, size, background) for path in paths]
    odd = next((i for i, image in enumerate(images) if image.shape != images[0].shape), None)
    if odd is not None:
        raise UserError(
            f"{paths[odd]}: {images[odd].shape[:2]} where {paths[0].name} is {images[0].shape[:2]}"
            " (height, width); set load_images.size to scale all to one size"
        )
    return ImageSet(np.stack(images), None, f"{root}{remark}")


def _chosen(folder: Path, split: str, test_share: float) -> tuple[Path, list[Path], str]:
    """Where the split is, its files, and what has to be said of it."""
    splits, wanted = split_folders(folder), split.lower()
    if wanted in splits:
        return splits[wanted], files(splits[wanted]), ""
    if splits:
        names = ", ".join(path.name for path in splits.values())
        raise UserError(f"{folder}: has the splits {names} and no {split!r}; set load_images.split, or add that folder")
    if wanted not in _SPLITS:
        raise UserError(f"{folder}: has no split {split!r}; a folder's splits are its subfolders {', '.join(_SPLITS)}")
    paths, testing = files(folder), wanted != "train"
    if not test_share:
        return folder, paths, " (no splits: these are the training images too)" if testing else ""
    chosen = [path for path in paths if (_place(path.relative_to(folder)) < test_share) == testing]
    return folder, chosen, f" ({'test' if testing else 'train'}, load_images.test_share = {test_share:g})"


def _place(path: Path) -> float:
    """A number in [0, 1) of a file's name alone, so that a file stays where it is when others come."""
    return int.from_bytes(hashlib.sha256(path.as_posix().encode("utf-8", "surrogateescape")).digest()[:8]) / 2**64


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


def _counts(others: Counter[str]) -> str:
    return ", ".join(f"{number} {ending or 'without an ending'}" for ending, number in sorted(others.items()))


def _read(path: Path, channels: int, crop: int | None, size: int | None, background: int) -> np.ndarray:
    return centre_crop_and_resize(picture_file.read(path, channels, background), crop, size)
