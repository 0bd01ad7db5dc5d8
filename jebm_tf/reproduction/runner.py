"""Doing what a table needs and is not there yet, each step as a process of its own."""

import dataclasses
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from jebm_tf.errors import DIVERGED, UserError
from jebm_tf.reproduction import machine
from jebm_tf.reproduction.commands import Command, Commands
from jebm_tf.reproduction.plan import TRAINING, Evaluation, Experiment, Training
from jebm_tf.reproduction.processes import Processes
from jebm_tf.reproduction.workplace import Workplace
from jebm_tf.storage.lock import DirectoryLock

_SAMPLES = "samples"
_WAIT = 5.0  # seconds between two looks at a directory where another process trains
_PLACES = ("--run_dir=", "--data_dir=")  # flags that do not make it another run
_STEP = re.compile(r"\bstep (\d+)")


@dataclasses.dataclass
class Findings:
    """What came out of an experiment.

    Attributes:
      answers: JSON of tasks by name, and `TRAINING`, what the training itself says.
      failures: why something is missing, by the same names.
    """

    answers: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)


class Runner:
    """Carries experiments out.

    What is there is left as it is: a training that has ended by the same settings, an answer of its last step to the
    same question. A training that is there in part goes on. One that has diverged by the same settings is not tried
    again.

    Args:
      commands: makes commands.
      processes: runs them.
      say: is given a line before each.
    """

    def __init__(self, commands: Commands, processes: Processes, say: Callable[[str], object]):
        self.commands, self.processes, self.say = commands, processes, say

    @property
    def workplace(self) -> Workplace:
        """Where everything lies."""
        return self.commands.workplace

    def carry_out(self, experiment: Experiment) -> Findings:
        """Trains, asks and samples, as far as it goes; a failure is noted and does not end anything else.

        Raises:
          Stopped: a signal has come.
        """
        training = experiment.training
        failure = None if self.is_trained(training) else self._train(training)
        if failure is not None:
            return Findings(failures={TRAINING: failure})
        failures: dict[str, str] = {}
        for name, evaluation in experiment.evaluations.items():
            if not self.is_answered(training, name, evaluation):
                self._run(self.commands.evaluate(training, name, evaluation), training, failures, name)
        if experiment.num_samples and not self.is_sampled(experiment):
            self._run(self.commands.sample(experiment), training, failures, _SAMPLES)
        return dataclasses.replace(self.found(experiment), failures=failures)

    def found(self, experiment: Experiment) -> Findings:
        """What is there now, without doing anything."""
        training = experiment.training
        if not self.is_trained(training):
            end = self.workplace.end(training)
            said = end["said"] if end.get("status") and self._same(training, end) else "not run yet"
            return Findings(failures={TRAINING: said})
        answers = {
            name: answer
            for name, answer in self.workplace.answers(experiment).items()
            if self.is_answered(training, name, experiment.evaluations[name])
        }
        return Findings({**answers, TRAINING: self._own_answer(training)})

    def is_trained(self, training: Training) -> bool:
        """Whether a training has come to its end by these settings, and its last checkpoint is there."""
        end = self.workplace.end(training)
        ended = end.get("status") == 0 and end.get("step") == self.workplace.step(training)
        return ended and self._same(training, end)

    def is_answered(self, training: Training, name: str, evaluation: Evaluation) -> bool:
        """Whether an answer is there to the same question, by the last checkpoint."""
        receipt = (self.workplace.answer(training, name, evaluation) or {}).get("receipt", {})
        asked = {
            "step": self.workplace.step(training),
            "seed": 0,
            "settings_over_the_run": self.commands.over_the_run(evaluation),
        }
        return {key: receipt.get(key) for key in asked} == asked

    def is_sampled(self, experiment: Experiment) -> bool:
        """Whether the images for the picture are there, by the last checkpoint."""
        try:
            with np.load(self.workplace.samples(experiment.training)) as file:
                same = int(file["step"]) == self.workplace.step(experiment.training)
                return same and len(file["images"]) == experiment.num_samples
        except (OSError, KeyError, ValueError, BadZipFile):
            return False

    def has_diverged(self, training: Training) -> bool:
        """Whether a training has diverged for good by these settings."""
        end = self.workplace.end(training)
        return bool(end.get("diverged")) and self._same(training, end)

    def _train(self, training: Training) -> str | None:
        """Why it failed; None if it did not."""
        if self.has_diverged(training):
            return self.workplace.end(training)["said"]
        self._wait_for(self.workplace.run_dir(training))
        command = self.commands.train(training)
        self.say(command.typed())
        outcome = self.processes.run(command, self.workplace.log(training.name))
        facts = {
            "settings": _identity(command),
            "status": outcome.status,
            "step": self.workplace.step(training),
            "said": outcome.said,
            "diverged": outcome.status != 0 and DIVERGED in outcome.said,
            "machine": machine.name(),
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        self.workplace.note_end(training, facts)
        return None if outcome.status == 0 else outcome.said

    def _wait_for(self, run_dir: Path) -> None:
        """Waits while another process trains there: what an earlier start has begun goes on where that was killed."""
        told = False
        while run_dir.is_dir():
            try:
                with DirectoryLock(run_dir):
                    return
            except UserError as error:
                if not told:
                    self.say(f"waiting: {error}")
                told = True
                self.processes.wait(_WAIT)

    def _run(self, command: Command, training: Training, failures: dict[str, str], name: str) -> None:
        self.say(command.typed())
        outcome = self.processes.run(command, self.workplace.log(training.name))
        if outcome.status != 0:
            failures[name] = outcome.said

    def _own_answer(self, training: Training) -> dict[str, Any]:
        step = self.workplace.step(training)
        numbers = {"seconds_per_step": self.workplace.seconds_per_step(training)}
        receipt = {
            "step": step,
            "machine": self.workplace.end(training).get("machine"),
            "rollbacks": self.workplace.rollbacks(training),
        }
        return {"task": TRAINING, "numbers": numbers, "protocol": {}, "receipt": receipt}

    def _same(self, training: Training, end: dict[str, Any]) -> bool:
        return end.get("settings") == _identity(self.commands.train(training))


def _identity(command: Command) -> list[str]:
    """The arguments that make a run what it is."""
    return [argument for argument in command.arguments if not argument.startswith(_PLACES)]


def in_short(failure: str) -> str:
    """A failure as a cell has it, with the step where the run had diverged."""
    if DIVERGED not in failure:
        return "failed" if failure != "not run yet" else failure
    step = _STEP.search(failure)
    return f"diverged at step {int(step[1]):,}" if step else "diverged"
