"""Pieces of an HTML page that is one file: tables, pictures, and the page around them."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

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


def whole(title: str, about: str, links: dict[str, str], sections: Sequence[str]) -> str:
    """The page.

    Args:
      title: of the page.
      about: what is said below it, text.
      links: what the sections are called, by their ids.
      sections: HTML.
    """
    nav = " ".join(f'<a href="#{name}">{escape(called)}</a>' for name, called in links.items())
    return _PAGE.substitute(title=escape(title), about=escape(about), links=nav, sections="\n".join(sections))


def figure(picture: Path | np.ndarray, caption: str) -> str:
    """A picture inside the page: a PNG file, or a uint8 image `[height, width, 3]`."""
    data = base64.b64encode(picture.read_bytes() if isinstance(picture, Path) else _png(picture)).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(caption, quote=True)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def table(rows: list[dict[str, Any]]) -> str:
    """Rows by column; `NAME_low`, `NAME_high` and `NAME_std` stand beside the number NAME."""
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
