"""What a command answers a script: with --json one JSON object on standard output, and words on standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from absl import flags

flags.DEFINE_boolean("json", False, "Answer by one JSON object on standard output; words go to standard error.")

_facts: dict[str, Any] = {}


def add(**facts: Any) -> None:
    """Adds to what the command answers; a later fact takes the place of an earlier one of its name."""
    _facts.update(facts)


@contextmanager
def given() -> Iterator[None]:
    """A block whose facts are printed at its end, where --json asks for them.

    Numbers that are not finite are null, and paths are text. What the block raises prints nothing.
    """
    _facts.clear()
    if not flags.FLAGS.json:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield
    from jebm_tf.reporting.plain import plain  # needs numpy, which commands import late

    print(json.dumps(plain(_facts), ensure_ascii=False, allow_nan=False), flush=True)
