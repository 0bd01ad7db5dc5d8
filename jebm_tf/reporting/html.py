"""All answers in a directory as one HTML file, pictures inside it."""

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
nav a { margin-right: 1rem; white-space: nowrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem .2rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #8883; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1rem 0; } figcaption { font-size: .85rem; }
img { max-width: 100%; height: auto; }
.note { border-left: 4px solid #c80; padding-left: .7rem; }
details { font-size: .85rem; } pre { overflow-x: auto; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$about</p>
<nav>$links</nav>
$sections
</body>
</html>
""")


def page(directory: Path, title: str, order: Sequence[str] = (), skipped: dict[str, str] | None = None) -> str:
    """The report on every `TASK.json` in `directory`.

    Args:
      directory: holds what `writer.write` wrote.
      title: of the page.
      order: names of tasks, in the order of the page; answers to others follow by name.
      skipped: reasons, by title, for the tasks that were asked for and could not be answered.
    """
    answers = _answers(directory, order)
    links = " ".join(f'<a href="#{name}">{escape(_title(answer))}</a>' for name, answer in answers.items())
    sections = [_section(name, answer, directory) for name, answer in answers.items()]
    if skipped:
        items = "".join(f"<li>{escape(task)}: {escape(why)}</li>" for task, why in skipped.items())
        sections.append(f"<section><h2>Not answered</h2><ul>{items}</ul></section>")
    return _PAGE.substitute(title=escape(title), about=_about(answers), links=links, sections="\n".join(sections))


def _answers(directory: Path, order: Sequence[str]) -> dict[str, dict]:
    """What `writer.write` left in the folder, by task; other files that end in .json are passed over."""
    read = {path.stem: _read(path) for path in sorted(directory.glob("*.json"))}
    found = {name: answer for name, answer in read.items() if isinstance(answer, dict) and answer.get("task") == name}
    return {name: found[name] for name in [*order, *found] if name in found}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # not text, or not JSON
        return None


def _title(answer: dict) -> str:
    return answer.get("title", answer["task"])  # answers of earlier versions have no title


def _about(answers: dict[str, dict]) -> str:
    steps = sorted({answer["receipt"]["step"] for answer in answers.values()})
    at = "step " + ", ".join(f"{step:,}" for step in steps)
    back = max((len(answer["receipt"].get("rollbacks", ())) for answer in answers.values()), default=0)
    at += f"; the run had diverged and gone back {back} times" if back else ""
    return f"{at}. Numbers of unlike protocols are not comparable: each task's own is given with it."


def _section(name: str, answer: dict, directory: Path) -> str:
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in answer["notes"])
    single = [{"": key, "value": value} for key, value in answer["numbers"].items()]
    tables = "".join(f"<h3>{escape(key)}</h3>{_table(rows)}" for key, rows in answer["tables"].items())
    figures = "".join(_figure(directory / item["file"], item["caption"]) for item in answer["pictures"])
    fine_print = json.dumps(
        {"protocol": answer["protocol"], "receipt": answer["receipt"]}, indent=1, ensure_ascii=False
    )
    return (
        f'<section id="{name}"><h2>{escape(_title(answer))}</h2>{notes}{_table(single)}{tables}{figures}'
        f"<details><summary>Protocol and receipt</summary><pre>{escape(fine_print)}</pre></details></section>"
    )


def _figure(path: Path, caption: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(caption, quote=True)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    columns = _columns(rows[0])
    head = "".join(f"<th>{escape(column.replace('_', ' '))}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row, column)}</td>' for column in columns)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _columns(row: dict[str, Any]) -> list[str]:
    """All but those that are shown beside the number that they belong to."""
    own = {f"{name}{suffix}" for name in row for suffix in ("_low", "_high", "_std")}
    return [name for name in row if name not in own]


def _cell(row: dict[str, Any], column: str) -> str:
    text = _number(row[column])
    if f"{column}_low" in row:
        text += f" [{_number(row[f'{column}_low'])}, {_number(row[f'{column}_high'])}]"
    if row.get(f"{column}_std") is not None:
        text += f" ± {_number(row[f'{column}_std'])}"
    return escape(text)


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
