"""Draws the curves of a run's metrics.jsonl that docs/how-to/diagnostics.md shows.

python docs/extensions/draw_runs.py RUN_DIRECTORY PICTURE.png
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

PANELS = {
    "log p(x | z+), nats": {"log_likelihood": "log_likelihood"},
    "gap of f, nats": {"f_1": "f/1/gap", "f_2": "f/2/gap"},
    "f_1, nats": {"on z+": "f/1/posterior", "on z−": "f/1/prior"},
    "acceptance of the prior chain": {"would be accepted": "prior_chain/acceptance"},
}


def curve(rows: list[dict], name: str) -> tuple[list[float], list[float]]:
    """Steps and values of the rows that have a scalar of this name."""
    found = [(row["step"], row[name]) for row in rows if name in row]
    return [step for step, _ in found], [value for _, value in found]


def draw(rows: list[dict]) -> Figure:
    """One panel for each entry of `PANELS`; an axis is logarithmic on both sides of zero where a curve runs away."""
    figure = Figure(figsize=(9.0, 5.4), dpi=120, layout="constrained")
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        reach = 0.0
        for label, name in names.items():
            steps, values = curve(rows, name)
            axes.plot(steps, values, label=label, linewidth=1.4, marker="." if len(steps) < 30 else "")
            reach = max([reach, *map(abs, values)])
        if reach > 1000.0:
            axes.set_yscale("symlog")
        if "acceptance" in title:
            axes.set_ylim(0.0, 1.05)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("step", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        if len(names) > 1:
            axes.legend(frameon=False, fontsize=8)
    return figure


def main() -> None:
    """Reads the run and writes the picture that the command line names."""
    run_dir, output = sys.argv[1:]
    lines = (Path(run_dir) / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    draw([json.loads(line) for line in lines]).savefig(output)


if __name__ == "__main__":
    main()
