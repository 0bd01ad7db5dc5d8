"""Images part by part with their names and classes, so that memory does not grow with their number."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np

from jebm_tf.data import folder_files, npz
from jebm_tf.data.images import ImageSet
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.errors import UserError

_READERS = 8  # pictures that are decoded at once


@dataclasses.dataclass(frozen=True)
class Part:
    """Some images of a source, one after the other.

    Attributes:
      names: of each: its path in the folder, or its place in an array.
      classes: what each is of; empty where that is not known.
      images: uint8 `[number, height, width, channels]`, zeros in place of what cannot be read.
      broken: a line for each that cannot be read, by its place in the part.
    """

    names: list[str]
    classes: list[str]
    images: np.ndarray
    broken: dict[int, str]

    def readable(self) -> list[int]:
        """The places of those that can be read."""
        return [row for row in range(len(self.names)) if row not in self.broken]


class PictureSource(Protocol):
    """Where images come from.

    Attributes:
      source: for people.
    """

    source: str

    def __len__(self) -> int: ...

    def parts(self, size: int) -> Iterator[Part]:
        """All images in order, `size` at a time."""


class FolderSource:
    """The pictures below a folder, or one picture file; subfolders are classes as `folder.load` has them.

    Raises:
      UserError: there are none.
    """

    def __init__(self, path: Path, preprocessing: Preprocessing):
        self.source = str(path)
        self._preprocessing = preprocessing
        self._root = path.parent if path.is_file() else path
        self._paths = [path] if path.is_file() else folder_files.pictures(path)
        if not self._paths:
            endings = ", ".join(sorted(folder_files.SUFFIXES))
            raise UserError(f"{path}: no image files ({endings}) below this folder")
        splits = [] if path.is_file() else list(folder_files.splits(path).values())
        self._roots = splits or [self._root]
        self._has_classes = bool(path.is_dir() and folder_files.class_names(self._roots))

    def __len__(self) -> int:
        return len(self._paths)

    def parts(self, size: int) -> Iterator[Part]:
        """See `PictureSource`."""
        with ThreadPoolExecutor(_READERS) as readers:
            for start in range(0, len(self._paths), size):
                paths = self._paths[start : start + size]
                read = list(readers.map(self._read, paths))
                blank = np.zeros(self._preprocessing.shape, np.uint8)
                yield Part(
                    [str(path.relative_to(self._root)) for path in paths],
                    [self._class(path) for path in paths],
                    np.stack([blank if isinstance(found, str) else found for found in read]),
                    {i: found for i, found in enumerate(read) if isinstance(found, str)},
                )

    def _read(self, path: Path) -> np.ndarray | str:
        try:
            return self._preprocessing.read(path)
        except UserError as error:
            return str(error)

    def _class(self, path: Path) -> str:
        root = next((root for root in self._roots if path.is_relative_to(root)), None)
        found = folder_files.class_of(path, root) if root is not None and self._has_classes else None
        return found or ""


class ArraySource:
    """Images that are in memory, of the model's size."""

    def __init__(self, images: ImageSet):
        self.source = images.source
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def parts(self, size: int) -> Iterator[Part]:
        """See `PictureSource`."""
        for start in range(0, len(self), size):
            rows = range(start, min(start + size, len(self)))
            labels = None if self._images.labels is None else self._images.labels[rows]
            classes = [""] * len(rows) if labels is None else [self._class(label) for label in labels.tolist()]
            yield Part([str(row) for row in rows], classes, self._images.images[rows.start : rows.stop], {})

    def _class(self, label: int) -> str:
        return "" if label < 0 else self._images.name_of(label)


def open_source(path: Path, split: str, preprocessing: Preprocessing) -> PictureSource:
    """The images at a path: a folder, a picture file, or the arrays of a split in an .npz, in the model's size.

    Raises:
      UserError: there are none, or they cannot be read as the model needs them.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder; give a folder of images, a picture file or an .npz")
    if path.suffix != ".npz" or path.is_dir():
        return FolderSource(path, preprocessing)
    images = npz.load(path, split)
    found, needed = images.images.shape[-1], preprocessing.shape[-1]
    if found != needed:
        raise UserError(f"{images.source}: channels per image: {found}; this model needs {needed}")
    return ArraySource(dataclasses.replace(images, images=preprocessing.array(np.asarray(images.images))))
