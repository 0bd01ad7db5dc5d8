"""Disks on which there is no room."""

import random
from collections.abc import Iterator
from pathlib import Path

from tests.faults.children import end, result, session, start

_KIND, _MORE = "maximum likelihood", "Run.max_steps = 24"


def full(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """No file can grow past a random size: one line, status 2, no drafts left; with room again, the same run."""
    whole = folder / "whole longer"
    assert end(start(session(_KIND, whole, _MORE), folder / "log")) == 0, (folder / "log").read_text()
    largest = max(path.stat().st_size for path in whole.rglob("*") if path.is_file())
    for i in range(number):
        run_dir = folder / f"full{i}"
        status = end(start(session(_KIND, run_dir, _MORE), folder / "log", largest_file=rng.randrange(2000, largest)))
        said = [line for line in (folder / "log").read_text().splitlines() if line.startswith("error: ")]
        drafts = list(run_dir.rglob(".*.part"))
        stopped_well = status == 2 and len(said) == 1 and str(run_dir) in said[0] and not drafts
        status = end(start(session(_KIND, run_dir, _MORE), folder / "log"))
        yield stopped_well and status == 0 and result(run_dir) == result(whole)
