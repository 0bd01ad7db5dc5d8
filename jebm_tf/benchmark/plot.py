"""A record as a picture: times with what arithmetic allows, peaks, and cost against size."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jebm_tf.benchmark.peaks import DTYPES
from jebm_tf.benchmark.record import Record
from jebm_tf.benchmark.report import duration

_DOTS, _WIDTH = 130, 11.0
_TIME, _LIMIT = "#4878a8", "#c9d8e8"
_BY_DTYPE = ("#4878a8", "#e0984a")


def picture(record: Record) -> np.ndarray:
    """uint8 `[height, width, 3]`."""
    scaling = {name: found for name, found in record.get("scaling", {}).items() if "chains" in found}
    rows = 2 if scaling else 1
    figure = Figure(figsize=(_WIDTH, 3.9 * rows), dpi=_DOTS, layout="constrained")
    parts = figure.subfigures(rows, 1, squeeze=False)[:, 0]
    left, right = parts[0].subplots(1, 2, width_ratios=[7, 5])
    _draw_items(left, record)
    _draw_peaks(right, record)
    if scaling:
        places = parts[1].subplots(1, len(scaling), squeeze=False)[0]
        for axes, (name, found) in zip(places, scaling.items(), strict=True):
            _draw_scaling(axes, name, found)
    work, machine = record["work"], record["machine"]
    figure.suptitle(f"{work['trainer']}, batch {work['batch']}, on {machine['cpu'].split(' (')[0]}", fontsize=11)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _draw_items(axes: Axes, record: Record) -> None:
    items = {name: item for name, item in record["items"].items() if "median" in item}
    places = np.arange(len(items))[::-1]
    medians = np.array([item["median"] for item in items.values()])
    spread = np.abs(np.array([item["quartiles"] for item in items.values()]).T - medians)
    limits = np.array([item["arithmetic_limit"] or np.nan for item in items.values()])
    axes.hlines(places, limits, medians, color=_LIMIT, linewidth=5)
    axes.plot(limits, places, "|", color=_TIME, markersize=14, markeredgewidth=2, label="at the peak of this machine")
    axes.errorbar(medians, places, xerr=spread, fmt="o", color=_TIME, capsize=3, label="median, quartiles")
    for place, item in zip(places, items.values(), strict=True):
        share = f", {100 * item['share_of_peak']:.0f} % of peak" if item["share_of_peak"] else ""
        axes.annotate(
            f"{duration(item['median'])}{share}",
            (item["quartiles"][1], place),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(places, list(items))
    axes.set_xscale("log")
    shown = [value for value in [*medians, *limits] if np.isfinite(value)]
    axes.set_xlim(min(shown) / 2, 12 * max(shown))
    axes.set_ylim(-0.6, len(items) - 0.4)
    _finish(axes, "seconds for each call")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize=8)


def _draw_peaks(axes: Axes, record: Record) -> None:
    names = list(dict.fromkeys(f"{peak['kind']}\n{peak['shapes']}" for peak in record["peaks"]))
    places, height = np.arange(len(names))[::-1], 0.36
    for i, dtype in enumerate(DTYPES):
        rates = [peak["flops_per_second"] / 1e9 for peak in record["peaks"] if peak["dtype"] == dtype]
        axes.barh(places + (0.5 - i) * height, rates, height, color=_BY_DTYPE[i], label=dtype)
    axes.set_yticks(places, names, fontsize=6.5)
    _finish(axes, "Gflop/s, fastest call")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=2, frameon=False, fontsize=8)


def _draw_scaling(axes: Axes, name: str, found: Record) -> None:
    for colour, (chain, row) in zip(_BY_DTYPE, found["chains"].items(), strict=False):
        seconds = [times["median"] for times in row["times"]]
        low, high = np.array([times["quartiles"] for times in row["times"]]).T
        axes.plot(
            found["values"], seconds, "o-", color=colour, markersize=4, label=f"{chain}: slope {row['slope']:.2f}"
        )
        axes.fill_between(found["values"], low, high, color=colour, alpha=0.2)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(found["values"], _ticks(found["values"]))
    axes.minorticks_off()
    _finish(axes, name)
    axes.set_ylabel("seconds", fontsize=8)
    axes.legend(frameon=False, fontsize=7)


def _ticks(values: Sequence[float]) -> list[str]:
    return [f"{value:g}" for value in values]


def _finish(axes: Axes, xlabel: str) -> None:
    axes.set_xlabel(xlabel, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
