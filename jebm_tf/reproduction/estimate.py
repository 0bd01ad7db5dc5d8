"""How long a reproduction will take on this machine, from a few timed steps or from what has run here already."""

import dataclasses
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jebm_tf.errors import DIVERGED, UserError
from jebm_tf.reproduction import machine
from jebm_tf.reproduction.plan import Experiment, Table, Training
from jebm_tf.reproduction.runner import Runner
from jebm_tf.reproduction.workplace import median_seconds, read_json
from jebm_tf.storage import durable

_TIMED, _LOG_EVERY = 10, 5  # steps; the first one compiles and is not counted
_SETTING = r"^Run\.{} = (\d+)$"


@dataclasses.dataclass(frozen=True)
class Cost:
    """What trainings of one kind cost.

    Attributes:
      seconds_per_step: of steps alone.
      steps: of a whole training.
      source: where that is known from.
    """

    seconds_per_step: float
    steps: int
    source: str


@dataclasses.dataclass(frozen=True)
class Part:
    """The trainings of one kind that are left.

    Attributes:
      kind: theirs.
      trainings: how many.
      steps: left of all of them.
      cost: of one; None if it cannot be known yet.
    """

    kind: str
    trainings: int
    steps: int
    cost: Cost | None


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What is left to do.

    Attributes:
      parts: trainings, by kind.
      evaluation_seconds: of the tasks whose time is known from one of the same kind that was asked here before.
      evaluations_known, evaluations_unknown: how many are left of either sort.
    """

    parts: Sequence[Part]
    evaluation_seconds: float
    evaluations_known: int
    evaluations_unknown: int

    @property
    def seconds(self) -> float:
        """Of all that is known."""
        steps = sum(part.steps * part.cost.seconds_per_step for part in self.parts if part.cost)
        return steps + self.evaluation_seconds

    def lines(self) -> list[str]:
        """As it is said before anything starts."""
        said = [f"estimate on {machine.name()}:"]
        for part in self.parts:
            what = f"  {part.kind}: {part.trainings} to train"
            if part.cost is None:
                said.append(f"{what}, how long is not known yet")
                continue
            time = duration(part.steps * part.cost.seconds_per_step)
            each = f"{part.steps:,} steps of {part.cost.seconds_per_step:.3g} s ({part.cost.source})"
            said.append(f"{what}, {each}: {time}")
        if self.evaluations_known:
            said.append(f"  {self.evaluations_known} evaluations: {duration(self.evaluation_seconds)}")
        if self.evaluations_unknown:
            said.append(f"  {self.evaluations_unknown} evaluations of which none like them was asked here: not counted")
        return [*said, f"  together {duration(self.seconds)}, without start-up, compilation, snapshots and samples"]


def duration(seconds: float) -> str:
    """As people say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def estimate(table: Table, runner: Runner) -> Estimate:
    """What a table will take; kinds of which nothing has run yet are timed now, for a few steps.

    Raises:
      UserError: a training cannot even begin; the message is what it said.
      Stopped: a signal has come.
    """
    experiments = table.experiments
    left = [
        e.training for e in experiments if not runner.is_trained(e.training) and not runner.has_diverged(e.training)
    ]
    parts = []
    for kind in dict.fromkeys(training.kind for training in left):
        of_kind = [training for training in left if training.kind == kind]
        cost = _cost(of_kind, runner)
        done = [runner.workplace.step(training) or 0 for training in of_kind]
        steps = 0 if cost is None else sum(max(0, cost.steps - step) for step in done)
        parts.append(Part(kind, len(of_kind), steps, cost))
    return Estimate(parts, *_evaluations(experiments, runner))


def _cost(trainings: Sequence[Training], runner: Runner) -> Cost | None:
    for training in trainings:
        run_dir = runner.workplace.run_dir(training)
        seconds = median_seconds(run_dir)
        if seconds is not None:
            return Cost(seconds, _steps(training, run_dir), f"as {training.name} has run so far")
    first = trainings[0]
    if (
        first.start_from is not None
        and not (runner.workplace.output / "runs" / first.start_from / "config.gin").is_file()
    ):
        return None
    return _timed(first, runner)


def _timed(training: Training, runner: Runner) -> Cost | None:
    """Times a few steps, unless that was done here before on this machine; None where they diverge."""
    run_dir = runner.workplace.output / "timing" / training.kind
    kept = run_dir.with_suffix(".json")
    command = runner.commands.time(training, _TIMED, _LOG_EVERY, run_dir)
    asked = {"machine": machine.name(), "command": list(command.arguments)}
    known = read_json(kept) or {}
    if {key: known.get(key) for key in asked} != asked:
        shutil.rmtree(run_dir, ignore_errors=True)
        runner.say(command.typed())
        outcome = runner.processes.run(command, runner.workplace.log(training.kind), quiet=True)
        diverged = outcome.status != 0 and DIVERGED in outcome.said
        seconds = None if diverged else median_seconds(run_dir)
        if seconds is None and not diverged:
            raise UserError(f"{training.kind} cannot be trained: {outcome.said}")
        known = {**asked, "seconds_per_step": seconds, "steps": 0 if diverged else _steps(training, run_dir)}
        durable.write_text(kept, json.dumps(known, indent=1) + "\n")
        shutil.rmtree(run_dir, ignore_errors=True)
    if known["seconds_per_step"] is None:  # which its row is to say, once it has been run
        return None
    return Cost(known["seconds_per_step"], known["steps"], f"{_TIMED} steps were timed")


def _steps(training: Training, run_dir: Path) -> int:
    """Of a whole training, by the settings and images of a run that has begun."""
    if training.max_steps is not None:
        return training.max_steps
    config = (run_dir / "config.gin").read_text(encoding="utf-8")
    found = {name: re.search(_SETTING.format(name), config, re.M) for name in ("epochs", "batch_size")}
    epochs, batch = (int(match[1]) for match in found.values() if match)
    return (training.epochs or epochs) * ((read_json(run_dir / "data.json") or {})["number"] // batch)


def _evaluations(experiments: Sequence[Experiment], runner: Runner) -> tuple[float, int, int]:
    seconds: dict[Any, float] = {}
    left = []
    for experiment in experiments:
        for name, evaluation in experiment.evaluations.items():
            key = experiment.training.kind, evaluation
            if runner.is_answered(experiment.training, name, evaluation):
                answer = runner.workplace.answer(experiment.training, name, evaluation) or {}
                seconds[key] = answer["receipt"]["seconds"]
            elif not runner.has_diverged(experiment.training):
                left.append(key)
    known = [seconds[key] for key in left if key in seconds]
    return sum(known), len(known), len(left) - len(known)
