"""Grids of images, and PNG files."""

import math
from pathlib import Path

import numpy as np
from PIL import Image

from jebm_tf.storage import durable

_GAP = 1  # pixels between images, before enlarging
_SEEN = 64  # smaller images are enlarged by a whole factor towards this side,
_MOST = 4  # but by no more than this: larger blocks no longer read as a picture


def grid(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Lays images out row by row, on white.

    Args:
      images: uint8, `[number, height, width, channels]`.
      columns: images in a row; None for about as many rows as columns.

    Returns:
      uint8, `[grid height, grid width, channels]`.
    """
    number, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    tall, wide = height + _GAP, width + _GAP
    sheet = np.full((rows * tall + _GAP, columns * wide + _GAP, channels), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = _GAP + i // columns * tall, _GAP + i % columns * wide
        sheet[top : top + height, left : left + width] = image
    factor = max(1, min(_MOST, _SEEN // height))
    return sheet.repeat(factor, axis=0).repeat(factor, axis=1)


def pairs(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Interleaves two equally long stacks of images, so that each pair stands side by side in a `grid`."""
    return np.stack([left, right], axis=1).reshape(-1, *left.shape[1:])


def save_png(path: Path, image: np.ndarray) -> None:
    """Writes a uint8 image `[height, width, 1 or 3]`; the file appears whole or not at all."""
    with durable.drafted(path) as draft:
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(draft, format="PNG")
