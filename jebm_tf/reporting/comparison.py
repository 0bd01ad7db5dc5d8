"""Several runs side by side on one page: their settings, curves, numbers and samples."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jebm_tf import charts
from jebm_tf.reporting import markup
from jebm_tf.reporting.answers import in_folder

CURVES = ("log_likelihood", "elbo", "f/1/gap", "prior_chain/acceptance", "prior_chain/step_size", "steps_per_second")
Settings = Mapping[str, str]


def page(runs: Mapping[str, Path], settings: Mapping[str, Settings], curves: Sequence[str] = CURVES) -> str:
    """The page.

    Args:
      runs: directories of runs by what they are called.
      settings: what each was set to, by name and parameter.
      curves: names of scalars, each a chart of the runs that have it.
    """
    rows = {name: _rows(path / "metrics.jsonl") for name, path in runs.items()}
    sections = {
        "runs": ("Runs", markup.table([_facts(name, rows[name]) for name in runs])),
        "settings": ("Settings that differ", markup.table(_differing(settings))),
        "numbers": ("Numbers", markup.table(_numbers(runs)) or "<p>No run has been evaluated.</p>"),
        "curves": ("Curves", "".join(_chart(curve, rows) for curve in curves)),
        "samples": ("Samples", "".join(_samples(name, path) for name, path in runs.items())),
    }
    written = [f'<section id="{key}"><h2>{title}</h2>{text}</section>' for key, (title, text) in sections.items()]
    about = "Numbers of unlike protocols are not comparable: those below say the task; the runs' reports say how."
    links = {key: title for key, (title, _) in sections.items()}
    return markup.whole(f"{len(runs)} runs", about, links, written)


def _facts(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    last = rows[-1] if rows else {}
    shown = {key: last.get(key) for key in ("log_likelihood", "mse", "f/1/gap", "prior_chain/acceptance")}
    return {"run": name, "step": last.get("step"), **shown}


def _differing(settings: Mapping[str, Settings]) -> list[dict[str, Any]]:
    """A row for each setting that is not the same in all runs."""
    keys = sorted(set().union(*settings.values()))
    found = {key: {name: of_run.get(key, "–") for name, of_run in settings.items()} for key in keys}
    return [{"setting": key, **values} for key, values in found.items() if len(set(values.values())) > 1]


def _numbers(runs: Mapping[str, Path]) -> list[dict[str, Any]]:
    """A row for each number of a task that any run has, of the last step that it was asked at."""
    by_run = {name: _evaluated(path) for name, path in runs.items()}
    keys = sorted(set().union(*by_run.values()))
    return [{"number": key, **{name: found.get(key) for name, found in by_run.items()}} for key in keys]


def _evaluated(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for folder in sorted((path / "evaluation").glob("step_*")):
        for task, answer in in_folder(folder).items():
            found |= {f"{task}: {key}": value for key, value in answer["numbers"].items()}
    return found


def _chart(curve: str, rows: Mapping[str, list[dict[str, Any]]]) -> str:
    shown = {}
    for name, of_run in rows.items():
        points = [(row["step"], row[curve]) for row in of_run if row.get(curve) is not None]
        if points:
            shown[name] = [step for step, _ in points], [value for _, value in points]
    return markup.figure(charts.lines(shown, xlabel="step", ylabel=curve), curve) if shown else ""


def _samples(name: str, path: Path) -> str:
    grids = sorted((path / "samples").glob("step_*.png"))
    return markup.figure(grids[-1], f"{name}, step {int(grids[-1].stem.removeprefix('step_')):,}") if grids else ""


def _rows(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row for row in rows if "step" in row]
