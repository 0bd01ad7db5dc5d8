"""What a table of the paper is made of: trainings, questions to each, and where its numbers stand in the answers.

Nothing here runs anything. A plan of other trainings, such as a test's, goes the same way as the paper's.
"""

import dataclasses
from collections.abc import Mapping

TRAINING = "training"
"""The evaluation that nobody asks for: what a training itself has measured, such as `seconds_per_step`."""


@dataclasses.dataclass(frozen=True)
class Training:
    """A run of bin/train.

    Attributes:
      name: of its directory; one name is one run, in whichever tables it stands.
      kind: trainings of one kind differ in seed or class alone, so that their steps take the same time.
      data: what the images are called for `--data_dir`.
      gin_files, gin_params: of the command, in order.
      seed: `Run.seed`.
      epochs, max_steps: its length; both None leaves it to the files. Where a file sets `Run.max_steps`, so must this.
      start_from: the name of a training whose backbone it begins with.
    """

    name: str
    kind: str
    data: str
    gin_files: tuple[str, ...]
    gin_params: tuple[str, ...] = ()
    seed: int = 0
    epochs: int | None = None
    max_steps: int | None = None
    start_from: str | None = None


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A task of bin/evaluate.

    Attributes:
      task: its name.
      gin_params: over the run's own settings.
      out: what the images of a second data set are called for `--data_dir`, if the task has one.
    """

    task: str
    gin_params: tuple[str, ...] = ()
    out: str | None = None


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A training and what is asked of it.

    Attributes:
      training: the run.
      evaluations: tasks by the name of the folder that the answer is written to.
      num_samples: images for the picture of the table; 0 for none.
    """

    training: Training
    evaluations: Mapping[str, Evaluation]
    num_samples: int = 0


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a number stands in an answer.

    Attributes:
      evaluation: the answer's name, or `TRAINING`.
      key: among its numbers, or the column of a row. The spread over checkpoints is at `KEY_std`, where there is one.
      row: (table, column, value) of that row; None for the numbers.
    """

    evaluation: str
    key: str
    row: tuple[str, str, str] | None = None


@dataclasses.dataclass(frozen=True)
class Cell:
    """A number of the table.

    Attributes:
      trainings: their names, one for each seed.
      source: where each one's number stands.
    """

    trainings: tuple[str, ...]
    source: Source


@dataclasses.dataclass(frozen=True)
class Row:
    """What one model gets by one measure.

    Attributes:
      name: of the row.
      cells: by column.
    """

    name: str
    cells: Mapping[str, Cell]


@dataclasses.dataclass(frozen=True)
class Cited:
    """Numbers that others have published.

    Attributes:
      name: of the row.
      values: by column.
      spreads: as printed, by column.
      protocol: what they hold for, and how the checkpoint was chosen where that is known.
      task: that ours must be measured by for both to stand in one table; None if they never may.
      within: what must lie between which bounds in its protocol or numbers for that.
      data: the data set that ours must have been trained on for that, where columns do not say it.
    """

    name: str
    values: Mapping[str, float]
    protocol: str
    spreads: Mapping[str, float] = dataclasses.field(default_factory=dict)
    task: str | None = None
    within: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    data: str | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """A table or figure of the paper.

    Attributes:
      name: as typed, "table4".
      title: what it shows.
      columns: of the measured rows, in order.
      rows: ours.
      cited: others'.
      experiments: what has to be run.
      notes: sentences that a reader of the numbers must know.
      shown: trainings whose samples stand side by side, by title.
      pictures: (training, evaluation, file): pictures of tasks to be shown below the table.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cited: tuple[Cited, ...]
    experiments: tuple[Experiment, ...]
    notes: tuple[str, ...] = ()
    shown: Mapping[str, str] = dataclasses.field(default_factory=dict)
    pictures: tuple[tuple[str, str, str], ...] = ()
