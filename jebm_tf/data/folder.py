"""Images from a folder of picture files, in the order of their names."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from jebm_tf.data import decoding, folder_files, picture_file
from jebm_tf.data.decoding import Sink
from jebm_tf.data.images import ImageSet
from jebm_tf.data.reading import Reading
from jebm_tf.errors import UserError

_READERS, _PART = 8, 256  # pictures that are decoded at once, and that wait for the sink


@dataclasses.dataclass(frozen=True)
class FolderImages:
    """The images below the subfolder that is called like the split, of a folder without splits those of its share.

    Where all of them lie in subfolders of it, these are their classes, in the order of their names over all splits.

    Attributes:
      folder: where to look.
      split: which subfolder, in small or capital letters.
      channels: 1 converts to grey, 3 to RGB.
      reading: what else is asked for.
    """

    folder: Path
    split: str
    channels: int
    reading: Reading

    def key(self) -> list[Any]:
        """What decides on the pixels: every file's path, size and time, and how they are read."""
        root, paths, _ = _chosen(self.folder, self.split, self.reading.test_share)
        files = [(str(path), stat.st_size, stat.st_mtime_ns) for path in paths for stat in [path.stat()]]
        return ["folder", str(root.resolve()), self.split, self.channels, dataclasses.asdict(self.reading), files]

    def decode(self, sink: Sink) -> dict[str, Any]:
        """Puts all images into a sink, and returns what else an `ImageSet` is made of.

        Raises:
          UserError: there are splits but not this one; no image there, one that cannot be read, or sizes that differ.
        """
        root, paths, remark = _chosen(self.folder, self.split, self.reading.test_share)
        _say_others(root, paths)
        kept, broken = _decode_all(paths, self.channels, self.reading, sink)
        if broken:
            remark += f" ({len(broken)} broken files left out)"
            print(f"{root}: {len(broken)} broken files left out, the first: {broken[0]}", flush=True)
        names = folder_files.class_names(folder_files.splits(self.folder).values() or [self.folder])
        labels = _labels(kept, root, names)
        classes = () if labels is None else names
        return {"source": f"{root}{remark}", "labels": labels, "class_names": classes, "skipped": tuple(broken)}


def load(folder: Path, split: str, channels: int, reading: Reading) -> ImageSet:
    """`FolderImages` in memory."""
    return decoding.load(FolderImages(folder, split, channels, reading))


def _say_others(root: Path, paths: list[Path]) -> None:
    """Says what is left out, and that there is nothing else if that is so."""
    others = folder_files.others(root)
    if not paths:
        found = f"; there are {_counts(others)}" if others else ""
        endings = ", ".join(sorted(folder_files.SUFFIXES))
        raise UserError(f"{root}: no image files ({endings}) below this folder{found}")
    if others:
        print(f"{root}: {len(paths)} images; left out {_counts(others)}", flush=True)


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


def _decode_all(paths: list[Path], channels: int, reading: Reading, sink: Sink) -> tuple[list[Path], list[str]]:
    """The files that could be read, and a line for each of the others."""

    def read(path: Path) -> np.ndarray | UserError:
        try:
            return reading.finish(picture_file.read(path, channels, reading.background))
        except UserError as error:
            return error

    kept, broken = list[Path](), list[str]()
    with ThreadPoolExecutor(_READERS) as readers:
        for start in tqdm(range(0, len(paths), _PART), desc="images", unit=f" x{_PART}", disable=None, leave=False):
            some = paths[start : start + _PART]
            for path, found in zip(some, readers.map(read, some), strict=True):
                if isinstance(found, np.ndarray):
                    sink.add(found, str(path))
                    kept.append(path)
                elif reading.skip_broken:
                    broken.append(str(found))
                else:
                    raise UserError(f"{found}, or set load_images.skip_broken = True") from found
    if not kept:
        raise UserError(f"none of {len(broken)} image files can be read; the first: {broken[0]}")
    return kept, broken


def _labels(paths: Sequence[Path], root: Path, names: Sequence[str]) -> np.ndarray | None:
    """The place of each file's class among the names; None where not all have one."""
    places = {name: i for i, name in enumerate(names)}
    found = [places.get(folder_files.class_of(path, root) or "") for path in paths]
    return None if None in found else np.array(found, np.int64)


def _counts(others: Counter[str]) -> str:
    return ", ".join(f"{number} {ending or 'without an ending'}" for ending, number in sorted(others.items()))
