"""Images from a .npz file with x_train, y_train, x_test, y_test (x_* uint8, NHWC or NHW; y_* optional)."""

import zipfile
from pathlib import Path

import numpy as np

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError


def load(path: Path, split: str) -> ImageSet:
    """The arrays `x_SPLIT` and, where there is one, `y_SPLIT`.

    Raises:
      UserError: not a readable .npz, or no `x_SPLIT` in it.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = list(arrays.files)
            if f"x_{split}" not in names:
                has_splits = any(name.startswith("x_") for name in names)
                hint = "set load_images.split" if has_splits else f"name the array of images x_{split}"
                raise UserError(f"{path}: no array x_{split} in it, only {', '.join(names)}; {hint}")
            images = arrays[f"x_{split}"]
            labels = arrays[f"y_{split}"].astype(np.int64) if f"y_{split}" in names else None
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: cannot be read as an .npz of plain arrays ({error})") from error
    if images.ndim == 3:
        images = images[..., np.newaxis]
    return ImageSet(images, labels, f"{path} x_{split}")


def splits(path: Path) -> list[str]:
    """The splits that a .npz file has."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [name.removeprefix("x_") for name in arrays.files if name.startswith("x_")]
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: cannot be read as an .npz of plain arrays ({error})") from error
