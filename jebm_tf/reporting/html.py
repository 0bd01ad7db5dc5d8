"""All answers in a directory as one HTML file, pictures inside it."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from jebm_tf.reporting import markup
from jebm_tf.reporting.answers import in_folder


def page(directory: Path, title: str, order: Sequence[str] = (), skipped: dict[str, str] | None = None) -> str:
    """The report on every `TASK.json` in `directory`.

    Args:
      directory: holds what `writer.write` wrote.
      title: of the page.
      order: names of tasks, in the order of the page; answers to others follow by name.
      skipped: reasons, by title, for the tasks that were asked for and could not be answered.
    """
    answers = _answers(directory, order)
    links = {name: _title(answer) for name, answer in answers.items()}
    sections = [_section(name, answer, directory) for name, answer in answers.items()]
    if skipped:
        items = "".join(f"<li>{escape(task)}: {escape(why)}</li>" for task, why in skipped.items())
        sections.append(f"<section><h2>Not answered</h2><ul>{items}</ul></section>")
    return markup.whole(title, _about(answers), links, sections)


def _answers(directory: Path, order: Sequence[str]) -> dict[str, dict]:
    found = in_folder(directory)
    return {name: found[name] for name in [*order, *found] if name in found}


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
    tables = "".join(f"<h3>{escape(key)}</h3>{markup.table(rows)}" for key, rows in answer["tables"].items())
    figures = "".join(markup.figure(directory / item["file"], item["caption"]) for item in answer["pictures"])
    fine_print = json.dumps(
        {"protocol": answer["protocol"], "receipt": answer["receipt"]}, indent=1, ensure_ascii=False
    )
    return (
        f'<section id="{name}"><h2>{escape(_title(answer))}</h2>{notes}{markup.table(single)}{tables}{figures}'
        f"<details><summary>Protocol and receipt</summary><pre>{escape(fine_print)}</pre></details></section>"
    )
