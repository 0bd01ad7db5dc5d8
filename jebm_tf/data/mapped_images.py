"""Images in a file on disk that are read by index, for data that memory does not hold."""

from pathlib import Path

import numpy as np

Rows = int | slice | np.ndarray | list


class MappedImages:
    """uint8 images `[number, height, width, channels]` that stay on disk; what is read of them by index is in memory.

    The file is mapped for each reading and let go: pages of it never count as this process' memory for long.

    Args:
      path: of the pixels, one image after the other.
      shape: of all images in the file.
      rows: which of them these are, and in which order; None for all.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, path: Path, shape: tuple[int, ...], rows: np.ndarray | None = None):
        self._file, self._stored = path, shape
        self._rows = np.arange(shape[0]) if rows is None else rows
        self.shape = (len(self._rows), *shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        stored = np.memmap(self._file, np.uint8, "r", shape=self._stored)
        return np.array(stored[self._rows[rows]])

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self[:] if dtype is None else self[:].astype(dtype)

    def take(self, rows: Rows) -> "MappedImages":
        """Some of the images, which stay on disk."""
        return MappedImages(self._file, self._stored, self._rows[rows])


Pixels = np.ndarray | MappedImages
