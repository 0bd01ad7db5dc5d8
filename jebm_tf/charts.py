"""Line charts and histograms as images."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_INCHES, _DOTS = (6.4, 3.6), 150
Curve = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]


def lines(
    curves: Mapping[str, Curve], *, xlabel: str, ylabel: str, marks: Sequence[tuple[float, str]] = ()
) -> np.ndarray:
    """Curves over one axis, uint8 `[height, width, 3]`.

    Args:
      curves: (x, y) by name.
      xlabel, ylabel: what the axes measure.
      marks: positions on the x axis to mark by a vertical line, and what each stands for.
    """
    figure, axes = _axes(xlabel, ylabel)
    for name, (x, y) in curves.items():
        axes.plot(x, y, label=name, linewidth=1.4, marker="o" if len(x) == 1 else None)
    for position, name in marks:
        axes.axvline(position, color="grey", linestyle=":", linewidth=1.0, label=name)
    return _pixels(figure, axes, legend=len(curves) + len(marks) > 1)


def histograms(samples: Mapping[str, np.ndarray], *, xlabel: str, title: str = "") -> np.ndarray:
    """Densities of samples over common bins, uint8 `[height, width, 3]`.

    The bins span the central 99 % of all samples, so that single outliers do not hide the rest; they still count.

    Args:
      samples: `[number]` by name.
      xlabel: what is measured.
      title: above the axes.
    """
    everything = np.concatenate(list(samples.values()))
    low, high = np.quantile(everything, [0.005, 0.995])
    bins = np.linspace(low, high if high > low else low + 1.0, 60)
    figure, axes = _axes(xlabel, "density")
    for name, values in samples.items():
        share = np.full(len(values), 1.0 / (len(values) * (bins[1] - bins[0])))
        axes.hist(values, bins=bins, weights=share, alpha=0.5, label=name)
    axes.set_title(title, fontsize=9)
    return _pixels(figure, axes, legend=True)


def sheet(titled: Mapping[str, Sequence[tuple[str, float, np.ndarray]]], columns: int = 8) -> np.ndarray:
    """Pictures in rows under titles, each with the end of its name and a number below it, uint8 `[height, width, 3]`.

    Args:
      titled: (name, number, image uint8 `[height, width, 1 or 3]`) by title.
      columns: pictures in a row.
    """
    rows = {title: -(-len(shown) // columns) for title, shown in titled.items()}
    figure = Figure(figsize=(1.25 * columns, 1.55 * sum(rows.values()) + 0.5 * len(rows)), dpi=_DOTS)
    blocks = figure.subfigures(len(titled), 1, height_ratios=[max(1, count) for count in rows.values()], squeeze=False)
    for block, (title, shown) in zip(blocks[:, 0], titled.items(), strict=True):
        block.suptitle(title, fontsize=10)
        places = list(block.subplots(max(1, rows[title]), columns, squeeze=False).flat)
        for axes in places:
            axes.set_axis_off()
        for axes, (name, number, image) in zip(places, shown, strict=False):
            grey = image.shape[-1] == 1
            axes.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=255)
            axes.set_title(f"{name[-18:]}\n{number:.5g}", fontsize=6, y=-0.32)
    return _drawn(figure)


def _axes(xlabel: str, ylabel: str):
    figure = Figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _pixels(figure: Figure, axes, legend: bool) -> np.ndarray:
    if legend:
        axes.legend(loc="upper right", frameon=False, fontsize=8)
    return _drawn(figure)


def _drawn(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
