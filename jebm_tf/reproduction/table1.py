"""Table 1: how near samples of each model are to the data, on one generator."""

from collections.abc import Sequence

from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import Cell, Cited, Experiment, Row, Source, Table
from jebm_tf.reproduction.systems import System

PROTOCOL = "FID of 50,000 samples against the training set, Inception of 2015; which checkpoint is not said"
FID_WITHIN = {"samples": (30_000, float("inf"))}
_COLUMNS = ("SVHN, FID", "CelebA-64, FID", "CIFAR-10, FID")
_PAPER = {
    "VAE": (46.78, 65.75, 106.37),
    "LVAE, L = 5": (39.26, 53.40, None),
    "ABP": (49.71, 51.50, None),
    "SRI, L = 5": (35.32, 47.95, None),
    "RAE": (42.02, 40.95, 74.16),
    "2s-VAE": (42.81, 44.40, 72.90),
    "NCP-VAE": (33.23, 42.07, 78.06),
    "LEBM": (29.44, 37.87, 70.15),
    "joint, L = 2, MLE": (26.81, 33.60, 66.32),
}
_GRID = 36


def plan(images: Sequence[Images], systems: Sequence[System], seeds: Sequence[int]) -> Table:
    """Every model on every data set, and of each model with a chain what its backbone gives without.

    Args:
      images: the data sets.
      systems: the models, in the order of the table.
      seeds: a run for each.
    """
    rows, experiments = [], []
    for system in systems:
        cells, alone = {}, {}
        for data in images:
            trainings = [data.training(system, seed) for seed in seeds]
            names, quality = tuple(training.name for training in trainings), data.quality(system)
            cells[data.column] = Cell(names, Source(data.measure, data.measure))
            if len(quality.gin_params) > 1:
                alone[data.column] = Cell(names, Source(data.measure, f"{data.measure}_after_0_steps"))
            experiments += [Experiment(training, {data.measure: quality}, _GRID) for training in trainings]
        rows.append(Row(system.title, cells))
        if alone:
            rows.append(Row(f"{system.title}: p_β>0 alone, without the chain", alone))
    return Table(
        name="table1",
        title="Table 1: distance of samples to the data, lower is better",
        columns=tuple(data.column for data in images),
        rows=tuple(rows),
        cited=tuple(_cited(name, values) for name, values in _PAPER.items()),
        experiments=tuple(experiments),
        notes=("Models share generator, images and number of steps; what they differ in is in gin/baselines/.",),
        shown={f"{data.title}: {s.title}": data.training(s, seeds[0]).name for data in images for s in systems},
    )


def _cited(name: str, values: tuple[float | None, ...]) -> Cited:
    given = {column: value for column, value in zip(_COLUMNS, values, strict=True) if value is not None}
    return Cited(f"paper: {name}", given, PROTOCOL, task="fid", within=FID_WITHIN)
