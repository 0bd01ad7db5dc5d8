"""Image sets in memory, and pixels as the model sees them."""

import dataclasses
import hashlib
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from jebm_tf.data.mapped_images import MappedImages, Pixels
from jebm_tf.errors import UserError

_CHANNELS = (1, 3)
_BLOCK = 500  # images that are in floating point at once while they are resized


@dataclasses.dataclass(frozen=True)
class ImageSet:
    """Images of one size.

    Attributes:
      images: uint8, `[number, height, width, channels]`, in memory or on disk.
      labels: int64, `[number]`, or None; −1 is no class.
      source: where they came from, for people.
      left_out: labels of the classes that were left out of it.
      bits: of each pixel that are left.
      flips: whether training sees each image mirrored left to right every other time, by chance.
      class_names: of the labels 0, 1, ..., where the source has names for them.
      skipped: a line for each file that could not be read and was left out.

    Example:
      >>> images = jebm.ImageSet(np.zeros([10, 8, 8, 1], np.uint8), labels=np.arange(10), source="zeros")
      >>> len(images)
      10
      >>> images.subsample(5).labels.tolist()
      [0, 2, 4, 6, 8]
    """

    images: Pixels
    labels: np.ndarray | None
    source: str
    left_out: tuple[int, ...] = ()
    flips: bool = False
    bits: int = 8
    class_names: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    def __post_init__(self):
        if self.images.dtype != np.uint8 or self.images.ndim != 4 or not len(self.images):
            raise UserError(
                f"{self.source}: images are {self.images.dtype} of shape {self.images.shape};"
                " need uint8 of shape [number, height, width, channels], at least one"
            )
        if self.images.shape[-1] not in _CHANNELS:
            raise UserError(f"{self.source}: images of shape {self.images.shape} {_what_they_look_like(self.images)}")
        object.__setattr__(self, "labels", checked_labels(self.labels, len(self.images), self.source))

    def __len__(self):
        return len(self.images)

    def subsample(self, limit: int | None) -> "ImageSet":
        """At most `limit` images, evenly spread over the set; None for all."""
        if limit is None or limit >= len(self):
            return self
        return self.take(np.linspace(0, len(self), limit, endpoint=False).astype(int))

    def take(self, rows: slice | np.ndarray) -> "ImageSet":
        """Some of the images; those that are on disk stay there."""
        images = self.images.take(rows) if isinstance(self.images, MappedImages) else self.images[rows]
        return dataclasses.replace(self, images=images, labels=None if self.labels is None else self.labels[rows])

    def labelled(self) -> "ImageSet":
        """The images that have a class: those whose label is not −1.

        Raises:
          UserError: none has.
        """
        known = np.zeros(len(self), bool) if self.labels is None else self.labels >= 0
        if not known.any():
            raise UserError(f"{self.source}: no labels")
        return self if known.all() else self.take(np.flatnonzero(known))

    def name_of(self, label: int) -> str:
        """What the class of a label is called: its name where it has one, else its number."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else str(label)

    def digest(self) -> str:
        """SHA-256 of the images' shape and pixels, in hexadecimal."""
        digest = hashlib.sha256(f"{self.images.shape}".encode())
        for part in self._parts():
            digest.update(part.tobytes())
        return digest.hexdigest()

    def digests(self) -> list[bytes]:
        """SHA-256 of each image's pixels."""
        return [hashlib.sha256(image.tobytes()).digest() for part in self._parts() for image in part]

    def _parts(self) -> Iterator[np.ndarray]:
        return (self.images[start : start + _BLOCK] for start in range(0, len(self), _BLOCK))


def _what_they_look_like(images: Pixels) -> str:
    """How to mend images whose last axis is no channels."""
    shape = images.shape
    if shape[1] in _CHANNELS:
        return "look channels-first; put the channels last, images.transpose(0, 2, 3, 1)"
    if shape[2] in _CHANNELS:
        return "look like [height, width, channels, number]; put the number first, images.transpose(3, 0, 1, 2)"
    if shape[-1] == 4:
        return "look like RGBA; lay them over a background, or drop the last channel, images[..., :3]"
    return f"have {shape[-1]} channels; need 1 (grey) or 3 (RGB), on the last axis"


def checked_labels(labels: np.ndarray | None, number: int, source: str) -> np.ndarray | None:
    """Labels as int64 `[number]`; a second axis of one is dropped.

    Raises:
      UserError: they are something else.
    """
    if labels is None:
        return None
    found = np.asarray(labels)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.shape != (number,) or not np.issubdtype(found.dtype, np.integer):
        shape = np.shape(labels)
        raise UserError(f"{source}: labels are {found.dtype} of shape {shape}; need integers of shape ({number},)")
    return found.astype(np.int64)


def eight_bits(pixels: np.ndarray, source: str) -> np.ndarray:
    """Pixels as uint8: of 16 bits the upper 8, of floats in [0, 1] and of booleans 255 times the value.

    Raises:
      UserError: they are something else, whose range is not known.
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    if pixels.dtype == bool:
        return np.where(pixels, np.uint8(255), np.uint8(0))
    if np.issubdtype(pixels.dtype, np.floating) and pixels.size and pixels.min() >= 0.0 and pixels.max() <= 1.0:
        return np.round(255.0 * pixels.astype(np.float32)).astype(np.uint8)
    reach = f" from {pixels.min()} to {pixels.max()}" if pixels.size else ""
    raise UserError(f"{source}: pixels are {pixels.dtype}{reach}; need uint8, uint16, or floats from 0 to 1")


def to_model(pixels: tf.Tensor) -> tf.Tensor:
    """uint8 pixels to float32 in [−1, 1]."""
    return tf.cast(pixels, tf.float32) / 127.5 - 1.0


def to_pixels(x: tf.Tensor) -> tf.Tensor:
    """Images in [−1, 1] to uint8, rounded; what lies outside is clipped."""
    return tf.cast(tf.round(tf.clip_by_value((x + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def quantised(pixels: np.ndarray, bits: int) -> np.ndarray:
    """uint8 pixels with their lowest bits dropped, so that 2^bits levels are left, spread over 0 to 255."""
    if bits == 8:
        return pixels
    levels = np.round(np.arange(2**bits) * (255.0 / (2**bits - 1))).astype(np.uint8)
    return levels[pixels >> (8 - bits)]


def centre_crop_and_resize(pixels: np.ndarray, crop: int | None, size: int | None) -> np.ndarray:
    """Cuts the central `crop` x `crop` of uint8 images, then scales to `size` x `size` with antialiasing.

    Images that already are `size` x `size` pass unchanged. With no `crop` the largest central square is cut.

    Args:
      pixels: `[..., height, width, channels]`.
      crop: side of the square, in pixels; None for the shorter side.
      size: side of the result; None leaves the images as they are.
    """
    height, width = pixels.shape[-3:-1]
    if size is None or (height, width) == (size, size):
        return pixels
    side = min(height, width) if crop is None else min(crop, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[..., top : top + side, left : left + side, :]
    if side == size:
        return square
    if square.ndim == 3:
        return _resize(square, size)
    found = np.empty((len(square), size, size, square.shape[-1]), np.uint8)
    for start in range(0, len(square), _BLOCK):
        found[start : start + _BLOCK] = _resize(square[start : start + _BLOCK], size)
    return found


def _resize(pixels: np.ndarray, size: int) -> np.ndarray:
    resized = tf.image.resize(pixels, (size, size), method="bilinear", antialias=True)
    return tf.cast(tf.round(tf.clip_by_value(resized, 0.0, 255.0)), tf.uint8).numpy()
