"""A short share of `make faults`, each fault once or a few times."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("names", [["bit", "cut", "gin"], ["kill"]], ids=" ".join)
def test_promises_hold(names):
    asked = [f"--only={name}" for name in names]
    line = [sys.executable, "-m", "tests.faults", "--share=0.005" if names == ["kill"] else "--share=0.1", *asked]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == len(names)
