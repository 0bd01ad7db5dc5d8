"""Arrays kept on disk because they are costly, and made anew where the file is not whole."""

import os
import zipfile
from pathlib import Path

import numpy as np

from jebm_tf.errors import UserError


def read(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of an .npz; None where it is not there or was cut short."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes an .npz that appears whole or not at all, also beside another process that writes the same.

    Raises:
      UserError: the file system refused.
    """
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # to numpy before 2.2 allow_pickle names an array
        draft.replace(path)
    except OSError as error:
        raise UserError(
            f"{path.parent}: cannot be written to ({error.strerror}); choose another --cache_dir"
        ) from error
