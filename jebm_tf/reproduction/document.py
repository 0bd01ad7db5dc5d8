"""A table as Markdown and as JSON, with others' numbers beside ours only where the protocol is the same."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jebm_tf.reproduction import picture, receipts
from jebm_tf.reproduction.cells import Found, Measured, may_stand_beside, measure
from jebm_tf.reproduction.plan import Cited, Table
from jebm_tf.reproduction.workplace import Workplace
from jebm_tf.storage.durable import write_text

_OURS = "Numbers are means over seeds, ± their standard deviation where there is more than one."
_THEIRS = "In italics: numbers of others, as they printed them."
_APART = (
    "These stand apart because they were measured in another way than ours (other images, another measure, another"
    " share of anomalies or another machine) and must not be compared with them, or because nothing of ours is there."
)


def write(table: Table, found: Found, workplace: Workplace, title: str) -> None:
    """Writes `NAME.md`, `NAME.json` and, where there are samples, `NAME.png`.

    Args:
      table: the plan.
      found: what came out so far, by training.
      workplace: where to write.
      title: what scale it is, after the table's own title.
    """
    files = {shown: _samples(table, workplace, name) for shown, name in table.shown.items()}
    drawn = picture.write(workplace.document(table, "png"), files)
    write_text(workplace.document(table, "md"), markdown(table, found, workplace, title, drawn=drawn))
    content = json.dumps(as_json(table, found, title), indent=1, ensure_ascii=False, allow_nan=False)
    write_text(workplace.document(table, "json"), content + "\n")


def markdown(table: Table, found: Found, workplace: Workplace, title: str, *, drawn: bool) -> str:
    """The document."""
    measured = _measured(table, found)
    beside = [cited for cited in table.cited if may_stand_beside(cited, table, found)]
    apart = [cited for cited in table.cited if cited not in beside]
    ours = [[name, *(number(cells.get(column)) for column in table.columns)] for name, cells in measured.items()]
    theirs = [[f"*{c.name}*", *(_published(c, column) for column in table.columns)] for c in beside]
    blocks = [
        f"# {table.title}",
        " ".join([f"{title}.", _OURS, *([_THEIRS] if beside else [])]),
        _table(["", *table.columns], [*ours, *theirs]),
    ]
    blocks += [f"*{names}*: {protocol}." for names, protocol in _protocols(beside)]
    blocks += list(table.notes)
    if drawn:
        blocks += [f"![Samples]({workplace.document(table, 'png').name})", "*Samples of each model, one seed.*"]
    blocks += _apart(apart, table.columns) + _seeds(measured) + _receipts(table, found) + _missing(table, found)
    return "\n\n".join([*blocks, *_pictures(table, found, workplace)]) + "\n"


def as_json(table: Table, found: Found, title: str) -> dict[str, Any]:
    """The same for programs."""
    rows = []
    for name, cells in _measured(table, found).items():
        for column, cell in cells.items():
            rows.append(
                {
                    "row": name,
                    "column": column,
                    "mean": cell.mean,
                    "spread_over_seeds": cell.spread,
                    "values": list(cell.values),
                    "spreads_over_checkpoints": list(cell.over_checkpoints),
                    "missing": dict(cell.missing),
                }
            )
    cited = [
        {
            "row": c.name,
            "values": dict(c.values),
            "spreads": dict(c.spreads),
            "protocol": c.protocol,
            "same_protocol": may_stand_beside(c, table, found),
        }
        for c in table.cited
    ]
    receipts_of = {"trainings": receipts.of_trainings(table, found), "answers": receipts.of_answers(found)}
    failures = {name: findings.failures for name, findings in found.items() if findings.failures}
    return {
        "table": table.name,
        "scale": title,
        "ours": rows,
        "cited": cited,
        "receipts": receipts_of,
        "failures": failures,
    }


def number(cell: Measured | None) -> str:
    """A cell as one reads it: four digits, or why there is no number."""
    if cell is None:
        return "–"
    if cell.mean is None:
        return ", ".join(dict.fromkeys(cell.missing.values()))
    text = _digits(cell.mean) if cell.spread is None else f"{_digits(cell.mean)} ± {_digits(cell.spread)}"
    count = len(cell.values)
    return f"{text} ({count} of {count + len(cell.missing)} seeds)" if cell.missing else text


def _digits(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"


def _published(cited: Cited, column: str) -> str:
    if column not in cited.values:
        return "–"
    spread = f" ± {cited.spreads[column]:.3f}" if column in cited.spreads else ""
    return f"*{_digits(cited.values[column])}{spread}*"


def _measured(table: Table, found: Found) -> dict[str, dict[str, Measured]]:
    return {row.name: {column: measure(cell, found) for column, cell in row.cells.items()} for row in table.rows}


def _apart(apart: Sequence[Cited], order: Sequence[str]) -> list[str]:
    if not apart:
        return []
    given = dict.fromkeys(column for cited in apart for column in cited.values)
    columns = [*(column for column in order if column in given), *(column for column in given if column not in order)]
    rows = [[cited.name, *(_published(cited, column) for column in columns)] for cited in apart]
    protocols = [f"{name}: {protocol}." for name, protocol in _protocols(apart)]
    return ["## Published, by other protocols", _APART, _table(["", *columns], rows), *protocols]


def _protocols(rows: Iterable[Cited]) -> list[tuple[str, str]]:
    """Each protocol after the names of the rows that share it."""
    names: dict[str, list[str]] = {}
    for cited in rows:
        names.setdefault(cited.protocol, []).append(cited.name)
    return [("; ".join(shared), protocol) for protocol, shared in names.items()]


def _seeds(measured: Mapping[str, Mapping[str, Measured]]) -> list[str]:
    rows = [
        [name, column, ", ".join(map(_digits, cell.values)), _checkpoints(cell)]
        for name, cells in measured.items()
        for column, cell in cells.items()
        if cell.values
    ]
    if not rows:
        return []
    return ["## Each seed", _table(["row", "column", "values, a seed each", "spread over checkpoints"], rows)]


def _checkpoints(cell: Measured) -> str:
    return ", ".join("–" if spread is None else f"± {_digits(spread)}" for spread in cell.over_checkpoints)


def _receipts(table: Table, found: Found) -> list[str]:
    lines = receipts.of_trainings(table, found)
    if not lines:
        return []
    groups = [[what, ", ".join(names)] for what, names in receipts.of_answers(found).items()]
    trainings = _table(list(lines[0]), [list(line.values()) for line in lines])
    return ["## Receipts", trainings, *([_table(["how it was measured", "runs"], groups)] if groups else [])]


def _missing(table: Table, found: Found) -> list[str]:
    rows = [
        [experiment.training.name, what, why]
        for experiment in table.experiments
        for what, why in (found[experiment.training.name].failures if experiment.training.name in found else {}).items()
    ]
    return ["## What is missing", _table(["run", "what", "why"], rows)] if rows else []


def _pictures(table: Table, found: Found, workplace: Workplace) -> list[str]:
    by_name = {experiment.training.name: experiment.training for experiment in table.experiments}
    blocks = []
    for training, evaluation, picture_name in table.pictures:
        answer = found[training].answers.get(evaluation) if training in found else None
        for shown in (answer or {}).get("pictures", []):
            if shown["file"] == f"{evaluation}_{picture_name}.png":
                path = workplace.evaluation_dir(by_name[training], evaluation) / shown["file"]
                place = os.path.relpath(path, workplace.output)
                blocks.append(f"![{training}]({place})\n\n*{training}: {shown['caption']}*")
    return ["## Pictures", *blocks] if blocks else []


def _samples(table: Table, workplace: Workplace, name: str):
    training = next(e.training for e in table.experiments if e.training.name == name)
    return workplace.samples(training)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
