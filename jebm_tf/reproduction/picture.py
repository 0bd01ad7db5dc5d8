"""Samples of several models side by side."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jebm_tf import pictures

_SIDE, _TITLE, _DOTS = 2.2, 0.5, 150  # inches, inches, dots an inch
_ACROSS = 4
_LINE = 34  # letters of a title


def side_by_side(grids: Mapping[str, np.ndarray]) -> np.ndarray:
    """A grid of each model's samples under its title, uint8 `[height, width, 3]`.

    Args:
      grids: samples by title, uint8 `[number, height, width, 1 or 3]`.
    """
    across = min(_ACROSS, len(grids))
    down = math.ceil(len(grids) / across)
    figure = Figure(figsize=(_SIDE * across, (_SIDE + _TITLE) * down), dpi=_DOTS, layout="constrained")
    places = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in places:
        axes.set_axis_off()
    for axes, (title, images) in zip(places, grids.items(), strict=False):
        sheet = pictures.grid(images)
        grey = sheet.shape[-1] == 1
        axes.imshow(sheet[..., 0] if grey else sheet, cmap="gray" if grey else None, vmin=0, vmax=255)
        axes.set_title(_folded(title), fontsize=7)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write(path: Path, files: Mapping[str, Path]) -> bool:
    """Writes the picture of those `.npz` of bin/sample that are there; False where there is none."""
    grids = {}
    for title, file in files.items():
        if file.is_file():
            with np.load(file) as arrays:
                grids[title] = arrays["images"]
    if grids:
        pictures.save_png(path, side_by_side(grids))
    return bool(grids)


def _folded(title: str) -> str:
    words, lines = title.split(), [""]
    for word in words:
        fits = len(lines[-1]) + len(word) < _LINE
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if fits else [*lines, word]
    return "\n".join(lines)
