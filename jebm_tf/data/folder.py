"""Images from a folder of picture files, in the order of their names."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jebm_tf.data import folder_files, picture_file
from jebm_tf.data.images import ImageSet, centre_crop_and_resize
from jebm_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a folder's files become images.

    Attributes:
      crop, size: as in `centre_crop_and_resize`; without `size` all files must be of one size.
      background: what transparent pixels are laid over, see `picture_file.read`.
      test_share: of a folder without splits, the share of its files that are "test", chosen by a hash of their names;
        with 0 all of them are, as they are "train", and the source says so.
      skip_broken: leave out files that cannot be read, rather than end; `ImageSet.skipped` has them.
    """

    crop: int | None = None
    size: int | None = None
    background: int = 255
    test_share: float = 0.0
    skip_broken: bool = False


def load(folder: Path, split: str, channels: int, reading: Reading) -> ImageSet:
    """All images below the subfolder that is called like the split, of a folder without splits those of its share.

    Where all of them lie in subfolders of it, these are their classes, in the order of their names over all splits.

    Args:
      folder: where to look.
      split: which subfolder, in small or capital letters.
      channels: 1 converts to grey, 3 to RGB.
      reading: what else is asked for.

    Raises:
      UserError: there are splits but not this one; no image there, one that cannot be read, or sizes that differ.
    """
    root, paths, remark = _chosen(folder, split, reading.test_share)
    others = folder_files.others(root)
    if not paths:
        found = f"; there are {_counts(others)}" if others else ""
        endings = ", ".join(sorted(folder_files.SUFFIXES))
        raise UserError(f"{root}: no image files ({endings}) below this folder{found}")
    if others:
        print(f"{root}: {len(paths)} images; left out {_counts(others)}", flush=True)

    def read(path: Path) -> np.ndarray:
        return centre_crop_and_resize(picture_file.read(path, channels, reading.background), reading.crop, reading.size)

    paths, images, broken = _read_all(paths, read, reading.skip_broken)
    if broken:
        remark += f" ({len(broken)} broken files left out)"
        print(f"{root}: {len(broken)} broken files left out, the first: {broken[0]}", flush=True)
    names = folder_files.class_names(folder_files.splits(folder).values() or [folder])
    labels = _labels(paths, root, names)
    classes = () if labels is None else names
    return ImageSet(_stacked(paths, images), labels, f"{root}{remark}", class_names=classes, skipped=tuple(broken))


def _chosen(folder: Path, split: str, test_share: float) -> tuple[Path, list[Path], str]:
    """Where the split is, its files, and what has to be said of it."""
    splits, wanted = folder_files.splits(folder), split.lower()
    if wanted in splits:
        return splits[wanted], folder_files.pictures(splits[wanted]), ""
    if splits:
        names = ", ".join(path.name for path in splits.values())
        raise UserError(f"{folder}: has the splits {names} and no {split!r}; set load_images.split, or add that folder")
    if wanted not in folder_files.SPLITS:
        known = ", ".join(folder_files.SPLITS)
        raise UserError(f"{folder}: has no split {split!r}; a folder's splits are its subfolders {known}")
    paths, testing = folder_files.pictures(folder), wanted != "train"
    if not test_share:
        return folder, paths, " (no splits: these are the training images too)" if testing else ""
    chosen = [path for path in paths if (_place(path.relative_to(folder)) < test_share) == testing]
    return folder, chosen, f" ({'test' if testing else 'train'}, load_images.test_share = {test_share:g})"


def _place(path: Path) -> float:
    """A number in [0, 1) of a file's name alone, so that a file stays where it is when others come."""
    return int.from_bytes(hashlib.sha256(path.as_posix().encode("utf-8", "surrogateescape")).digest()[:8]) / 2**64


def _read_all(
    paths: Sequence[Path], read_one: Callable[[Path], np.ndarray], skip_broken: bool
) -> tuple[list[Path], list[np.ndarray], list[str]]:
    """The files that could be read, their pixels, and a line for each of the others."""
    read, images, broken = list[Path](), list[np.ndarray](), list[str]()
    for path in paths:
        try:
            images.append(read_one(path))
            read.append(path)
        except UserError as error:
            if not skip_broken:
                raise UserError(f"{error}, or set load_images.skip_broken = True") from error
            broken.append(str(error))
    if not images:
        raise UserError(f"none of {len(broken)} image files can be read; the first: {broken[0]}")
    return read, images, broken


def _stacked(paths: Sequence[Path], images: Sequence[np.ndarray]) -> np.ndarray:
    odd = next((i for i, image in enumerate(images) if image.shape != images[0].shape), None)
    if odd is not None:
        raise UserError(
            f"{paths[odd]}: {images[odd].shape[:2]} where {paths[0].name} is {images[0].shape[:2]}"
            " (height, width); set load_images.size to scale all to one size"
        )
    return np.stack(images)


def _labels(paths: Sequence[Path], root: Path, names: Sequence[str]) -> np.ndarray | None:
    """The place of each file's class among the names; None where not all have one."""
    places = {name: i for i, name in enumerate(names)}
    found = [places.get(folder_files.class_of(path, root) or "") for path in paths]
    return None if None in found else np.array(found, np.int64)


def _counts(others: Counter[str]) -> str:
    return ", ".join(f"{number} {ending or 'without an ending'}" for ending, number in sorted(others.items()))
