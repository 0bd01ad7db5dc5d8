"""Sources whose images are decoded one by one: into memory, or once into a file that later runs read by index."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from jebm_tf.data.images import ImageSet
from jebm_tf.data.mapped_images import MappedImages
from jebm_tf.errors import UserError
from jebm_tf.storage import durable

_PIXELS, _FACTS, _LABELS = "pixels", "facts.json", "labels.npy"


class Sink(Protocol):
    """Where images go as they are decoded."""

    def add(self, image: np.ndarray, name: str) -> None:
        """Takes one image; `name` is for errors.

        Raises:
          UserError: it is of another shape than the first.
        """


class _OneShape:
    """Checks that all images have the shape of the first."""

    def __init__(self) -> None:
        self._first: tuple[str, tuple[int, ...]] | None = None

    def check(self, image: np.ndarray, name: str) -> None:
        self._first = self._first or (name, image.shape)
        first, shape = self._first
        if image.shape != shape:
            raise UserError(
                f"{name}: {image.shape[:2]} where {Path(first).name} is {shape[:2]} (height, width); set"
                " load_images.size to scale all to one size"
            )


class MemorySink:
    """Keeps images in memory."""

    def __init__(self) -> None:
        self._shape, self._images = _OneShape(), list[np.ndarray]()

    def add(self, image: np.ndarray, name: str) -> None:
        """See `Sink`."""
        self._shape.check(image, name)
        self._images.append(image)

    def pixels(self) -> np.ndarray:
        """All that were taken, `[number, height, width, channels]`."""
        return np.stack(self._images)


class _FileSink:
    def __init__(self, file: BinaryIO):
        self._shape, self._file, self.shape = _OneShape(), file, (0,)

    def add(self, image: np.ndarray, name: str) -> None:
        self._shape.check(image, name)
        self._file.write(np.ascontiguousarray(image).tobytes())
        self.shape = (self.shape[0] + 1, *image.shape)


class Decoded(Protocol):
    """A source whose images are decoded one by one."""

    def key(self) -> Any:
        """Everything that decides on the pixels, in JSON's types."""

    def decode(self, sink: Sink) -> dict[str, Any]:
        """Puts every image into a sink; returns the other arguments of an `ImageSet`, "labels" among them."""


def load(source: Decoded, cache_dir: str | None = None) -> ImageSet:
    """The images of a source: in memory, or from a file below `cache_dir`, which is written if it is not there.

    Raises:
      UserError: an image cannot be read, or the disk refused.
    """
    if cache_dir is None:
        sink = MemorySink()
        facts = source.decode(sink)
        return ImageSet(sink.pixels(), **facts)
    key = json.dumps(source.key(), sort_keys=True)
    place = Path(cache_dir).expanduser() / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not place.is_dir():
        _write(place, source)
    return _read(place)


def _read(place: Path) -> ImageSet:
    """What `_write` wrote."""
    facts = json.loads((place / _FACTS).read_text(encoding="utf-8"))
    facts |= {name: tuple(facts[name]) for name in ("class_names", "skipped") if name in facts}
    labels = np.load(place / _LABELS, allow_pickle=False) if (place / _LABELS).is_file() else None
    return ImageSet(MappedImages(place / _PIXELS, tuple(facts.pop("shape"))), labels, **facts)


def _write(place: Path, source: Decoded) -> None:
    """Decodes every image into a folder that appears whole or not at all."""
    try:
        with durable.drafted(place) as draft:
            draft.mkdir()
            with (draft / _PIXELS).open("wb") as file:
                sink = _FileSink(file)
                facts = source.decode(sink)
            labels = facts.pop("labels")
            if labels is not None:
                np.save(draft / _LABELS, labels)
            (draft / _FACTS).write_text(json.dumps({**facts, "shape": sink.shape}), encoding="utf-8")
    except OSError as error:
        free = shutil.disk_usage(place.parent).free / 1e9 if place.parent.is_dir() else 0.0
        why = f"{error.strerror or error}; {free:.1f} GB free"
        raise UserError(
            f"{place.parent}: decoded images cannot be written there ({why}); make room, or choose another"
            " load_images.cache_dir"
        ) from error
