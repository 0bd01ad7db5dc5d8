"""From answers to the numbers of a table."""

import dataclasses
import math
import statistics
from collections.abc import Mapping
from typing import Any

from jebm_tf.reproduction.plan import TRAINING, Cell, Cited, Source, Table
from jebm_tf.reproduction.runner import Findings, in_short

Found = Mapping[str, Findings]
"""By the name of a training."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """A cell, measured.

    Attributes:
      values: one for each training that has it.
      over_checkpoints: standard deviations over checkpoints, one for each value; None where there is none.
      missing: why others have none, by the training's name.
    """

    values: tuple[float, ...]
    over_checkpoints: tuple[float | None, ...]
    missing: Mapping[str, str]

    @property
    def mean(self) -> float | None:
        """Over seeds; None where there is no value."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def spread(self) -> float | None:
        """Standard deviation over seeds, None for fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None


def measure(cell: Cell, found: Found) -> Measured:
    """The numbers of a cell, of as many seeds as have one."""
    values, spreads, missing = [], [], {}
    for name in cell.trainings:
        findings = found.get(name, Findings(failures={TRAINING: "not run yet"}))
        answer = findings.answers.get(cell.source.evaluation)
        value = None if answer is None else look_up(answer, cell.source)
        if value is None:
            missing[name] = _why(findings, cell.source)
        else:
            values.append(value)
            spreads.append(None if answer is None else look_up(answer, cell.source, ending="_std"))
    return Measured(tuple(values), tuple(spreads), missing)


def look_up(answer: Mapping[str, Any], source: Source, ending: str = "") -> float | None:
    """A number of an answer; None where it has none there, or none that is finite."""
    where = answer["numbers"]
    if source.row is not None:
        table, column, value = source.row
        where = next((row for row in answer["tables"].get(table, []) if row.get(column) == value), {})
    number = where.get(source.key + ending)
    return float(number) if isinstance(number, int | float) and math.isfinite(number) else None


def _why(findings: Findings, source: Source) -> str:
    for name in (TRAINING, source.evaluation):
        if name in findings.failures:
            return in_short(findings.failures[name])
    return f"no finite {source.key}" if source.evaluation in findings.answers else "not run yet"


def may_stand_beside(cited: Cited, table: Table, found: Found) -> bool:
    """Whether a cited row has the protocol of all of our numbers in its columns, of which there must be one."""
    if cited.task is None:
        return False
    data = {experiment.training.name: experiment.training.data for experiment in table.experiments}
    cells = [cell for row in table.rows for column, cell in row.cells.items() if column in cited.values]
    ours = [
        (data[name], found[name].answers[cell.source.evaluation])
        for cell in cells
        for name in cell.trainings
        if name in found and cell.source.evaluation in found[name].answers
    ]
    measured = [(of, answer) for of, answer in ours if answer["task"] != TRAINING]
    return bool(measured) and all(cited.data in (None, of) and _alike(cited, answer) for of, answer in measured)


def _alike(cited: Cited, answer: Mapping[str, Any]) -> bool:
    if answer["task"] != cited.task:
        return False
    facts = {**answer["protocol"], **answer["numbers"]}
    return all(low <= facts.get(key, math.nan) <= high for key, (low, high) in cited.within.items())
