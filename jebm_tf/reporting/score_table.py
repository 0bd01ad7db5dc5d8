"""Scores of single images as a table of comma-separated values, and the extremes of them as a sheet of pictures."""

import csv
import heapq
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from jebm_tf import charts, pictures
from jebm_tf.storage import durable

_DIGITS = ".9g"


class ScoreTable:
    """A table that is written row by row and is there, whole, when it is closed without an error.

    Args:
      path: of the file.
      columns: names of the columns.
    """

    def __init__(self, path: Path, columns: Sequence[str]):
        self._drafted = durable.drafted(path)
        self._columns = columns

    def __enter__(self) -> "ScoreTable":
        draft = self._drafted.__enter__()
        self._file = draft.open("w", newline="", encoding="utf-8", errors="surrogateescape")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(self._columns)
        return self

    def write(self, *columns: Sequence) -> None:
        """Rows, given column by column; numbers with nine digits."""
        for row in zip(*columns, strict=True):
            self._writer.writerow([format(cell, _DIGITS) if isinstance(cell, float) else cell for cell in row])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._drafted.__exit__(kind, error, trace)


class Extremes:
    """The images with the lowest and the highest scores of all that were seen.

    Args:
      number: how many of each are kept.
    """

    def __init__(self, number: int = 16):
        self._number = number
        self._lowest: list[tuple[float, int, str, np.ndarray]] = []  # heaps, by the negated score here
        self._highest: list[tuple[float, int, str, np.ndarray]] = []
        self._seen = 0

    def see(self, names: Sequence[str], scores: np.ndarray, images: np.ndarray) -> None:
        """Takes note of images `[number, height, width, channels]`."""
        for name, score, image in zip(names, scores.tolist(), images, strict=True):
            self._seen += 1
            for kept, key in ((self._lowest, -score), (self._highest, score)):
                if len(kept) < self._number or key > kept[0][0]:
                    # The count decides between equal scores, so that images are never compared.
                    add = heapq.heappush if len(kept) < self._number else heapq.heappushpop
                    add(kept, (key, -self._seen, name, image.copy()))

    def save(self, path: Path, score: str) -> None:
        """Writes a PNG with two rows of pictures, each with its name and its score."""
        lowest = [(name, -key, image) for key, _, name, image in sorted(self._lowest, reverse=True)]
        highest = [(name, key, image) for key, _, name, image in sorted(self._highest, reverse=True)]
        titled = {f"most anomalous (lowest {score})": lowest, f"least anomalous (highest {score})": highest}
        pictures.save_png(path, charts.sheet(titled))
