"""Images from a folder of .png / .jpg files, in the order of their names."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from jebm_tf.data.images import ImageSet, centre_crop_and_resize
from jebm_tf.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


def files(folder: Path) -> list[Path]:
    """Every image file below `folder`, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def load(folder: Path, split: str, channels: int, crop: int | None, size: int | None) -> ImageSet:
    """All images below `folder/SPLIT` where that exists, below `folder` otherwise.

    Args:
      folder: where to look.
      split: name of the subfolder to prefer.
      channels: 1 converts to grey, 3 to RGB.
      crop, size: as in `centre_crop_and_resize`; without `size` all files must be of one size.

    Raises:
      UserError: no image there, one that cannot be read, or sizes that differ.
    """
    root = folder / split if (folder / split).is_dir() else folder
    paths = files(root)
    if not paths:
        raise UserError(f"{root}: no image files ({', '.join(SUFFIXES)}) below this folder")
    images = [_read(path, channels, crop, size) for path in paths]
    odd = next((i for i, image in enumerate(images) if image.shape != images[0].shape), None)
    if odd is not None:
        raise UserError(
            f"{paths[odd]}: {images[odd].shape[:2]} where {paths[0].name} is {images[0].shape[:2]}"
            " (height, width); set load_images.size to scale all to one size"
        )
    return ImageSet(np.stack(images), None, str(root))


def _read(path: Path, channels: int, crop: int | None, size: int | None) -> np.ndarray:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{path}: cannot be read as an image; remove or replace it") from error
    return centre_crop_and_resize(pixels.reshape(*pixels.shape[:2], channels), crop, size)
