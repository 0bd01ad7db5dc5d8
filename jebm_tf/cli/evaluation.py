"""An evaluation session: from a run directory to answers on disk."""

import dataclasses
import datetime
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from jebm_tf.callbacks.checkpoints import list_checkpoints
from jebm_tf.cli import tasks
from jebm_tf.cli.build import build, build_run, load_run, load_weights
from jebm_tf.cli.context import make_context
from jebm_tf.cli.run_directory import RunDirectory, versions
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.reporting import html, writer
from jebm_tf.trainers.base import Trainer

_DEFAULTS = "eval/defaults.gin"


@dataclasses.dataclass(frozen=True)
class Session:
    """A run that is asked about.

    Attributes:
      context: the model and what tasks need besides.
      run_dir: where it came from.
      step: of its weights.
      averaged: whether the weights are averages over training.
      bindings: what was set over the run's own settings.
    """

    context: EvaluationContext
    run_dir: str
    step: int
    averaged: bool
    bindings: tuple[str, ...]


def open_session(
    run_dir: str, files: list[str], bindings: list[str], *, seed: int, cache: Path, batch_size: int | None = None
) -> Session:
    """Loads the run's latest weights.

    Args:
      run_dir: the run's directory.
      files, bindings: gin files and single settings over the run's own.
      seed, cache: see `EvaluationContext`.
      batch_size: see `EvaluationContext`; the run's batch size unless given, since that has fitted into memory.

    Raises:
      UserError: there is no such run, or the settings do not fit it.
    """
    trainer, step = load_run(run_dir, bindings, [_DEFAULTS, *files])
    context = make_context(trainer, seed, cache, batch_size or build_run().batch_size)
    context = dataclasses.replace(
        context, checkpoints=lambda number: _visit(trainer, RunDirectory(Path(run_dir)).checkpoints, number)
    )
    overrides = tuple(f"--gin_file={name}" for name in files) + tuple(bindings)
    return Session(context, run_dir, step, trainer.averages is not None, overrides)


def answer(session: Session, names: Iterable[str], output: Path, *, may_skip: bool) -> None:
    """Answers each task in turn, writes what it finds, and then the page.

    Args:
      session: the run.
      names: of tasks.
      output: the folder to write to.
      may_skip: pass over a task that this run has no answer to, with its reason; else that is an error.

    Raises:
      UserError: `output` cannot be written to, or a task has no answer and none may be skipped.
    """
    _check_place(output)
    skipped, known = {}, tasks.known()
    for name in names:
        begin = time.perf_counter()
        try:
            result = require_result(build(name, session.context), name)
        except UserError as error:
            if not may_skip:
                raise
            skipped[known[name].title] = str(error)
            print(f"{name}: skipped ({error})", flush=True)
            continue
        seconds = time.perf_counter() - begin
        path = writer.write(result, name, _receipt(session, seconds), output, known[name].title)
        print(f"{name}: {_summary(result)}  ({seconds:.0f} s)  {path}", flush=True)
        for note in result.notes:
            print(f"  note: {note}", flush=True)
    page = output / "report.html"
    writer.write_text(page, html.page(output, f"{session.run_dir} at step {session.step:,}", list(known), skipped))
    print(f"report: {page}")


def _check_place(output: Path) -> None:
    """Sees, before hours of work, that files can be written there; makes nothing yet."""
    there = next(path for path in (output.absolute(), *output.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise UserError(f"{output}: cannot be written to ({there} is no writable folder); choose another --output")


def _summary(result: Result) -> str:
    shown = [f"{key} {value:.4g}" for key, value in result.numbers.items() if value is not None]
    return ", ".join(shown[:4]) + (", ..." if len(shown) > 4 else "")


def _receipt(session: Session, seconds: float) -> dict[str, Any]:
    context = session.context
    return {
        "run_dir": str(Path(session.run_dir).resolve()),
        "step": session.step,
        "averaged_weights": session.averaged,
        "seed": context.seed,
        "settings_over_the_run": list(session.bindings),
        "prior_sampler": _settings(context.prior_sampler),
        "posterior_sampler": _settings(context.posterior_sampler),
        "seconds": round(seconds, 3),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "devices": [device.name for device in tf.config.list_logical_devices()],
        **versions(),
    }


def _settings(sampler: Any) -> dict[str, Any]:
    return {"kind": type(sampler).__name__, **dataclasses.asdict(sampler)}


def _visit(trainer: Trainer, directory: Path, number: int) -> Iterator[int]:
    """Loads the last kept checkpoints one after the other, and leaves the latest."""
    paths = list_checkpoints(directory)
    try:
        for path in paths[-number:]:
            yield load_weights(trainer, path)
    finally:
        load_weights(trainer, paths[-1])
