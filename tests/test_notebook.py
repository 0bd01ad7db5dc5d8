"""examples/digits.ipynb: its cells run one after the other, and what it keeps of its outputs is what they give."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.commands import BIN

NOTEBOOK = BIN.parent / "examples" / "digits.ipynb"
CELLS = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
NUMBERS = {"acceptance": r"acceptance (\S+)", "AUROC": r"AUROC (\S+)", "log p(x|z)": r"'log_likelihood': ([\d.-]+)"}


def printed(cell: dict) -> str:
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


def test_it_was_run_from_the_top_and_nothing_failed():
    assert [cell["execution_count"] for cell in CELLS] == list(range(1, len(CELLS) + 1))
    kinds = {output["output_type"] for cell in CELLS for output in cell["outputs"]}
    assert kinds <= {"stream", "display_data"}
    assert sum(output["output_type"] == "display_data" for cell in CELLS for output in cell["outputs"]) >= 7


def test_its_cells_give_what_it_shows(tmp_path):
    program = "\n\n".join("".join(cell["source"]) for cell in CELLS)
    (tmp_path / "cells.py").write_text(program)
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(BIN.parent), "TMPDIR": str(tmp_path)}
    line = [sys.executable, "-W", "ignore", "cells.py"]  # a kernel shows no warnings of libraries either
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept = "".join(map(printed, CELLS))
    for name, pattern in NUMBERS.items():
        now, then = (float(re.search(pattern, text)[1]) for text in (done.stdout, kept))
        assert now == pytest.approx(then, rel=0.15), name  # other processors round otherwise, and chains amplify it
    assert float(re.search(NUMBERS["AUROC"], done.stdout)[1]) > 0.7
