"""From pictures as they come to images as one run's model takes them: in numpy, and the same in a graph."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow as tf

from jebm_tf.data import picture_file
from jebm_tf.data.images import centre_crop_and_resize, quantised
from jebm_tf.errors import UserError

_LUMA = (19595, 38470, 7471)  # ITU-R 601 in 1/65536, by which Pillow makes grey of RGB


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """What `load_images` does to each picture by itself, and scaling to the model's size where a run needs none.

    Attributes:
      shape: of the model's images: height, width, channels.
      crop: side of the central square that is cut; None for the largest.
      bits: of each pixel that are kept.
      background: grey level under transparent pixels.

    Example:
      >>> to_model_size = jebm.Preprocessing((8, 8, 1))
      >>> to_model_size.array(np.zeros([2, 30, 20, 1], np.uint8)).shape
      (2, 8, 8, 1)
    """

    shape: tuple[int, int, int]
    crop: int | None = None
    bits: int = 8
    background: int = 255

    def read(self, path: Path) -> np.ndarray:
        """A picture file as uint8 `[height, width, channels]` of the model's.

        Raises:
          UserError: it cannot be read, or the model's images are not square and it is of another size.
        """
        pixels = picture_file.read(path, self.shape[-1], self.background)
        self._check_size(pixels.shape, str(path))
        return self.array(pixels)

    def array(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 pixels `[..., height, width, channels]` of any size, with the model's channels, in the model's size."""
        return quantised(centre_crop_and_resize(pixels, self.crop, self._side(pixels.shape)), self.bits)

    def tensor(self, pixels: tf.Tensor) -> tf.Tensor:
        """The same in a graph, of uint8 `[number, height, width, channels]` of any size.

        Args:
          pixels: 1 channel is grey, 3 are RGB, 4 RGBA.

        Returns:
          uint8 `[number, *shape]`.
        """
        checks = [
            tf.debugging.assert_greater(tf.size(pixels), 0, "no images: the batch is empty"),
            tf.debugging.Assert(
                tf.reduce_any(tf.equal(tf.shape(pixels)[-1], [1, 3, 4])),
                ["images need 1, 3 or 4 channels, on the last axis; their shape is", tf.shape(pixels)],
            ),
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            coloured = self._with_channels(tf.identity(pixels))
        height, width = self.shape[:2]
        is_right = tf.reduce_all(tf.equal(tf.shape(coloured)[1:3], [height, width]))
        scaled = tf.cond(is_right, lambda: coloured, lambda: self._scaled(coloured))
        return self._with_bits(tf.ensure_shape(scaled, [None, *self.shape]))

    def _side(self, shape: tuple[int, ...]) -> int | None:
        return None if tuple(shape[-3:-1]) == self.shape[:2] else self.shape[0]

    def _check_size(self, shape: tuple[int, ...], source: str) -> None:
        height, width = self.shape[:2]
        if height != width and tuple(shape[:2]) != (height, width):
            raise UserError(f"{source}: {shape[0]}x{shape[1]} pixels; this model's images are {height}x{width}")

    def _with_channels(self, pixels: tf.Tensor) -> tf.Tensor:
        """RGBA over the background, then grey or RGB as the model's: in whole numbers, as Pillow does it."""
        values = tf.cast(pixels, tf.int32)
        alpha = values[..., 3:]
        over = tf.cond(
            tf.equal(tf.shape(values)[-1], 4),
            lambda: (values[..., :3] * alpha + self.background * (255 - alpha) + 127) // 255,
            lambda: values,
        )
        if self.shape[-1] == 3:
            return tf.cast(tf.broadcast_to(over, tf.concat([tf.shape(over)[:-1], [3]], 0)), tf.uint8)
        return tf.cast(tf.cond(tf.equal(tf.shape(over)[-1], 1), lambda: over, lambda: _grey(over)), tf.uint8)

    def _scaled(self, pixels: tf.Tensor) -> tf.Tensor:
        height, width = tf.shape(pixels)[1], tf.shape(pixels)[2]
        side = tf.minimum(height, width) if self.crop is None else tf.minimum(tf.minimum(height, width), self.crop)
        square = tf.image.crop_to_bounding_box(pixels, (height - side) // 2, (width - side) // 2, side, side)
        resized = tf.image.resize(square, self.shape[:2], method="bilinear", antialias=True)
        return tf.cast(tf.round(tf.clip_by_value(resized, 0.0, 255.0)), tf.uint8)

    def _with_bits(self, pixels: tf.Tensor) -> tf.Tensor:
        if self.bits == 8:
            return pixels
        levels = quantised(np.arange(256, dtype=np.uint8), self.bits)
        return tf.gather(tf.constant(levels), tf.cast(pixels, tf.int32))


def _grey(rgb: tf.Tensor) -> tf.Tensor:
    weighted = tf.reduce_sum(rgb * tf.constant(_LUMA), axis=-1, keepdims=True)
    return (weighted + 0x8000) // 0x10000
