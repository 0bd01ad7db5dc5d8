"""Which modules of a user's own a gin file needs: a comment at its top, which a run's config.gin always has.

Such a module is never imported because a file says so: a file may come from anybody, and importing runs code.
"""

import re
import sys
from collections.abc import Iterable

from jebm_tf.errors import UserError

_LINE = re.compile(r"^#\s*Needs\b(?P<flags>.*)$")
_FLAG = re.compile(r"--module=([\w.]+)")


def line(modules: Iterable[str]) -> str:
    """The comment for these modules, as a line; empty where there are none."""
    names = sorted(set(modules))
    return f"# Needs {flags(names)}\n" if names else ""


def flags(modules: Iterable[str]) -> str:
    """The flags that load these modules, separated by spaces."""
    return " ".join(f"--module={name}" for name in modules)


def needed(text: str) -> list[str]:
    """The modules that the comments at the top of a gin file name."""
    found = []
    for row in text.splitlines():
        if row.strip() and not row.startswith("#"):
            break
        comment = _LINE.match(row)
        found += _FLAG.findall(comment["flags"]) if comment else []
    return found


def check(text: str, source: str) -> None:
    """Checks that the modules that a gin file needs are there, by --module, as plugins, or imported from Python.

    Args:
      text: of the gin file.
      source: what an error calls it.

    Raises:
      UserError: one is not; the message says which flag to add.
    """
    missing = [name for name in needed(text) if name not in sys.modules]
    if missing:
        raise UserError(f"{source}: has parts from {', '.join(missing)}; add {flags(missing)}")
