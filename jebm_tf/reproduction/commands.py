"""The commands that a user would type for a training, a task and a picture."""

import dataclasses
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import jebm_tf
from jebm_tf.reproduction.plan import Evaluation, Experiment, Training
from jebm_tf.reproduction.workplace import Workplace

EMBEDDED = ("digits",)
"""Data sets that come with what is installed; --data_dir is not for them unless it names them."""

ANY = ""
"""The name under which a `--data_dir` stands that is for all data sets."""

_SAMPLE_SEED = 0


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of this library.

    Attributes:
      name: of the file in bin/.
      arguments: flags.
    """

    name: str
    arguments: tuple[str, ...]

    def typed(self) -> str:
        """As one types it."""
        return " ".join([_file(self.name)[1], *map(_quoted, self.arguments)])

    def line(self) -> list[str]:
        """As the system runs it, by the Python that runs this."""
        return [sys.executable, _file(self.name)[0], *self.arguments]


def _file(name: str) -> tuple[str, str]:
    """The script of a command, of a checkout or installed, and what it is called."""
    script = Path(jebm_tf.__path__[0]).parent / "bin" / name
    if script.is_file():
        return str(script), f"bin/{name}"
    return str(Path(sys.executable).with_name(f"jebm-{name}")), f"jebm-{name}"


def _quoted(argument: str) -> str:
    """An argument for a shell, with the value of a flag in quotes where it needs them."""
    flag, equals, value = argument.partition("=")
    simple = "'" in value and not set(value) & set('"$`\\!')
    return f"{flag}{equals}" + (f'"{value}"' if simple else shlex.quote(value)) if value else argument


class Commands:
    """Makes them.

    Args:
      workplace: where everything is written.
      data_dirs: `--data_dir` by the name of a data set, or by `ANY`.
    """

    def __init__(self, workplace: Workplace, data_dirs: Mapping[str, Path]):
        self.workplace, self.data_dirs = workplace, data_dirs

    def train(self, training: Training) -> Command:
        """Of a training."""
        place = f"--run_dir={self.workplace.run_dir(training)}"
        return Command("train", (*self._settings(training), *_length(training), place))

    def time(self, training: Training, steps: int, log_every: int, run_dir: Path) -> Command:
        """A few steps of a training elsewhere, for their time."""
        often = {"log_every": log_every, "snapshot_every": 100 * log_every, "checkpoint_every": 100 * log_every}
        params = [f"--gin_param=Run.{name} = {value}" for name, value in often.items()]
        epochs = [part for part in _length(training) if "epochs" in part]
        return Command(
            "train", (*self._settings(training), *epochs, *params, f"--max_steps={steps}", f"--run_dir={run_dir}")
        )

    def evaluate(self, training: Training, name: str, evaluation: Evaluation) -> Command:
        """Of a task."""
        run_dir, output = self.workplace.run_dir(training), self.workplace.evaluation_dir(training, name)
        params = [f"--gin_param={setting}" for setting in self.over_the_run(evaluation)]
        return Command("evaluate", (f"--run_dir={run_dir}", f"--task={evaluation.task}", *params, f"--output={output}"))

    def over_the_run(self, evaluation: Evaluation) -> list[str]:
        """The settings of a task, as its receipt has them."""
        found = list(evaluation.gin_params)
        place = self._data_dir(evaluation.out) if evaluation.out else None
        return [*found, f"out/load_images.data_dir = {str(place)!r}"] if place else found

    def sample(self, experiment: Experiment) -> Command:
        """Of the images for the picture."""
        training = experiment.training
        return Command(
            "sample",
            (
                f"--run_dir={self.workplace.run_dir(training)}",
                f"--num_samples={experiment.num_samples}",
                f"--seed={_SAMPLE_SEED}",
                f"--output={self.workplace.samples(training)}",
            ),
        )

    def _settings(self, training: Training) -> list[str]:
        found = [f"--gin_file={name}" for name in training.gin_files]
        params = [*training.gin_params, f"Run.seed = {training.seed}"]
        if training.start_from is not None:
            first = self.workplace.output / "runs" / training.start_from
            params.append(f"Run.start_from = {str(first)!r}")
        place = self._data_dir(training.data)
        found += [f"--gin_param={setting}" for setting in params]
        return [*found, f"--data_dir={place}"] if place else found

    def _data_dir(self, data: str) -> Path | None:
        return self.data_dirs.get(data, None if data in EMBEDDED else self.data_dirs.get(ANY))


def _length(training: Training) -> list[str]:
    found = [] if training.epochs is None else [f"--gin_param=Run.epochs = {training.epochs}"]
    return found if training.max_steps is None else [*found, f"--max_steps={training.max_steps}"]
