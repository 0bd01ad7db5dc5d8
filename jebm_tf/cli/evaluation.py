"""From a trained run to the results of tasks on disk."""

import datetime
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow as tf

from jebm_tf.cli import answer, app, tasks
from jebm_tf.cli.rollbacks import Rollbacks
from jebm_tf.cli.run_directory import versions
from jebm_tf.errors import UserError
from jebm_tf.evaluation.result import Result
from jebm_tf.reporting import html, writer
from jebm_tf.storage import durable
from jebm_tf.trained_run import TrainedRun


def evaluate(run: TrainedRun, names: Iterable[str], output: Path, *, may_skip: bool) -> None:
    """Runs each task in turn, writes what it returns, and then the page.

    Args:
      run: the run.
      names: of tasks.
      output: the folder to write to.
      may_skip: skip a task that does not apply to this run, with the reason; else that is an error.

    Raises:
      UserError: `output` cannot be written to, or a task does not apply and none may be skipped.
    """
    _check_place(output)
    skipped, answers, known = {}, dict[str, dict](), tasks.known()
    for name in names:
        begin = time.perf_counter()
        try:
            result = run.evaluate(name)
        except UserError as error:
            if not may_skip:
                raise
            skipped[known[name].title] = str(error)
            print(f"{name}: skipped ({error})", flush=True)
            continue
        seconds = time.perf_counter() - begin
        with app.writing(output):
            path = writer.write(result, name, _receipt(run, seconds), output, known[name].title)
        answers[name] = {"numbers": result.numbers, "seconds": round(seconds, 3), "file": path}
        print(f"{name}: {_summary(result)}  ({seconds:.0f} s)  {path}", flush=True)
        for note in result.notes:
            print(f"  note: {note}", flush=True)
    page = output / "report.html"
    with app.writing(output):
        durable.write_text(page, html.page(output, f"{run.directory} at step {run.step:,}", list(known), skipped))
    answer.add(run_dir=run.directory, step=run.step, answers=answers, skipped=skipped, report=page)
    print(f"report: {page}")


def _check_place(output: Path) -> None:
    """Sees, before hours of work, that files can be written there; makes nothing yet."""
    there = next(path for path in (output.absolute(), *output.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise UserError(f"{output}: cannot be written to ({there} is not a writable folder); choose another --output")


def _summary(result: Result) -> str:
    shown = [f"{key} {value:.4g}" for key, value in result.numbers.items() if value is not None]
    return ", ".join(shown[:4]) + (", ..." if len(shown) > 4 else "")


def _receipt(run: TrainedRun, seconds: float) -> dict[str, Any]:
    context = run.context
    return {
        "run_dir": str(run.directory.resolve()),
        "step": run.step,
        "averaged_weights": run.averaged,
        "rollbacks": [rollback._asdict() for rollback in Rollbacks(run.directory / "rollbacks.jsonl").all],
        "seed": context.seed,
        "settings_over_the_run": list(run.settings),
        "prior_sampler": context.prior_sampler.describe(),
        "posterior_sampler": context.posterior_sampler.describe(),
        "seconds": round(seconds, 3),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "devices": [device.name for device in tf.config.list_logical_devices()],
        **versions(),
    }
