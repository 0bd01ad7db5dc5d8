"""A table from nothing, killed in the middle and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jebm_tf.errors import UserError
from jebm_tf.reproduction.reproduce import reproduce
from jebm_tf.storage.lock import DirectoryLock
from tests.reproduction import tiny

ROOT = Path(__file__).parent.parent.parent
VAE = "digits-vae-without9-seed0"


def start(output):
    line = [sys.executable, "-m", "tests.reproduction.tiny", str(output)]
    return subprocess.Popen(line, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finished(output):
    """Exit status and lines of a whole reproduction."""
    process = start(output)
    out, _ = process.communicate()
    return process.returncode, out.splitlines()


def kill_in_the_middle(output):
    """Ends a reproduction and its training at once, as a power cut does, when checkpoints are there."""
    process, run_dir = start(output), output / "runs" / VAE
    deadline = time.monotonic() + 120
    while not [path for path in run_dir.glob("checkpoints/step_*") if path.name > "step_00000000"]:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    trains = json.loads((run_dir / ".lock").read_text())["pid"]
    process.kill()
    os.kill(trains, signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_table_that_was_killed_goes_on_and_comes_to_its_end(tmp_path):
    kill_in_the_middle(tmp_path)
    assert "not run yet" in (tmp_path / "table4.md").read_text()
    status, said = finished(tmp_path)
    assert status == 1, "one row has diverged"
    resumed = [line for line in said if ": steps " in line and VAE in line]
    begin = int(resumed[0].split(": steps ")[1].split()[0])
    assert 0 < begin < tiny.STEPS
    assert any(line.startswith("estimate on ") for line in said)
    assert [line.split()[0] for line in said if line.startswith("bin/")] == [
        *("bin/train", "bin/evaluate", "bin/sample"),
        "bin/train",
    ], "what was timed before is not timed again"
    text = (tmp_path / "table4.md").read_text()
    (answer,) = tmp_path.glob(f"evaluations/{VAE}/anomaly/anomaly.json")
    (row,) = [r for r in json.loads(answer.read_text())["tables"]["terms"] if r["score"] == "-L>0"]
    assert f"| VAE: −L>0 | {row['auprc_average_precision']:.3f} |" in text
    assert row["checkpoints"] == 2
    assert "| LEBM: −f_1 | diverged at step 20 |" in text
    assert f"| {VAE} | 0 | 400 |" in text
    assert "| paper: joint | *0.796 ± 0.004* |" in text.partition("## Published")[2], "of other images"
    assert (tmp_path / "table4.png").is_file()

    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json") if path.parent != tmp_path}
    status, said = finished(tmp_path)
    assert status == 1
    assert not [line for line in said if line.startswith("bin/")], "nothing is left to do"
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert (tmp_path / "table4.md").read_text() == text


def test_two_cannot_work_in_one_folder(tmp_path):
    with DirectoryLock(tmp_path), pytest.raises(UserError, match="another process reproduces a table here"):
        reproduce(tiny.table(), tmp_path, {}, "Tiny")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written to .*--output"):
        reproduce(tiny.table(), tmp_path / "file" / "below", {}, "Tiny")
