"""Images from a .npz file with x_train, y_train, x_test, y_test (x_* uint8, NHWC or NHW; y_* optional)."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from jebm_tf.data.images import ImageSet, eight_bits
from jebm_tf.errors import UserError

_BROKEN = (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, zlib.error, zipfile.BadZipFile)


def load(path: Path, split: str) -> ImageSet:
    """The arrays `x_SPLIT` and, where there is one, `y_SPLIT`.

    Raises:
      UserError: not a readable .npz, or no `x_SPLIT` in it.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            names = list(arrays.files)
            if f"x_{split}" not in names:
                has_splits = any(name.startswith("x_") for name in names)
                hint = "set load_images.split" if has_splits else f"name the array of images x_{split}"
                raise UserError(f"{path}: no array x_{split} in it, only {', '.join(names)}; {hint}")
            images = arrays[f"x_{split}"]
            labels = arrays[f"y_{split}"] if f"y_{split}" in names else None
    except _BROKEN as error:
        raise UserError(f"{path}: cannot be read as an .npz of plain arrays ({_line(error)})") from error
    if images.ndim == 3:
        images = images[..., np.newaxis]
    source = f"{path} x_{split}"
    return ImageSet(eight_bits(images, source), labels, source)


def splits(path: Path) -> list[str]:
    """The splits that a .npz file has."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return [name.removeprefix("x_") for name in arrays.files if name.startswith("x_")]
    except _BROKEN as error:
        raise UserError(f"{path}: cannot be read as an .npz of plain arrays ({_line(error)})") from error


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
