"""Table 5: posterior chains against an inference network, quality and time."""

from collections.abc import Sequence

from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import TRAINING, Cell, Cited, Experiment, Row, Source, Table
from jebm_tf.reproduction.systems import System
from jebm_tf.reproduction.table1 import FID_WITHIN, PROTOCOL

_SETS = ("SVHN", "CelebA-64", "CIFAR-10")
_FID = {"paper: MCMC": (26.81, 33.60, 66.32), "paper: inference network": (28.60, 36.12, 68.45)}
_SECONDS = {"paper: MCMC": (0.478, 0.920, 0.568), "paper: inference network": (0.232, 0.246, 0.256)}
SECONDS = "seconds per step"
OTHER_MACHINE = "seconds on the authors' machine, which is not named"
_GRID = 36


def plan(images: Sequence[Images], systems: Sequence[System], seeds: Sequence[int]) -> Table:
    """Both ways to learn the joint model on every data set. The runs are those of Table 1.

    Args:
      images: the data sets.
      systems: the joint model by maximum likelihood and variationally.
      seeds: a run for each.
    """
    rows, experiments = [], []
    for system in systems:
        cells = {}
        for data in images:
            trainings = [data.training(system, seed) for seed in seeds]
            names = tuple(training.name for training in trainings)
            cells[data.column] = Cell(names, Source(data.measure, data.measure))
            cells[f"{data.title}, {SECONDS}"] = Cell(names, Source(TRAINING, "seconds_per_step"))
            quality = {data.measure: data.quality(system)}
            experiments += [Experiment(training, quality, _GRID) for training in trainings]
        rows.append(Row(system.title, cells))
    fid = [_cited(name, values, "FID", PROTOCOL, task="fid") for name, values in _FID.items()]
    seconds = [_cited(name, values, SECONDS, OTHER_MACHINE, task=None) for name, values in _SECONDS.items()]
    return Table(
        name="table5",
        title="Table 5: posterior chains against an inference network",
        columns=tuple(column for data in images for column in (data.column, f"{data.title}, {SECONDS}")),
        rows=tuple(rows),
        cited=(*fid, *seconds),
        experiments=tuple(experiments),
        notes=("Seconds are of steps alone, the median over the run, on the machine of the receipts.",),
        shown={f"{data.title}: {s.title}": data.training(s, seeds[0]).name for data in images for s in systems},
    )


def _cited(name: str, values: Sequence[float], what: str, protocol: str, task: str | None) -> Cited:
    columns = [f"{title}, {what}" for title in _SETS]
    return Cited(name, dict(zip(columns, values, strict=True)), protocol, task=task, within=FID_WITHIN)
