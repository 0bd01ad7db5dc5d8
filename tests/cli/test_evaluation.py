"""What an evaluation leaves: a receipt with the run's history, and one line where the disk refuses."""

import errno
import json

import pytest

import jebm_tf as jebm
from jebm_tf.cli import evaluation
from jebm_tf.cli.rollbacks import Rollback, Rollbacks
from jebm_tf.errors import UserError
from jebm_tf.storage import durable
from tests.commands import train_one_step


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    train_one_step("--run_dir=run", cwd=home)
    return jebm.load_run(home / "run")


def test_rollbacks_are_in_the_receipt(trained, tmp_path):
    Rollbacks(trained.directory / "rollbacks.jsonl").add(Rollback(9, 4, "the gap left its band"), record=True)
    evaluation.evaluate(trained, ["parameters"], tmp_path, may_skip=False)
    receipt = json.loads((tmp_path / "parameters.json").read_text())["receipt"]
    assert receipt["rollbacks"] == [{"at_step": 9, "to_step": 4, "reason": "the gap left its band"}]
    assert "gone back 1 times" in (tmp_path / "report.html").read_text()


def test_a_full_disk_is_one_line(trained, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "drafted", refuse)
    with pytest.raises(UserError, match=r"out: cannot be written \(No space left on device\); choose another --output"):
        evaluation.evaluate(trained, ["parameters"], tmp_path / "out", may_skip=False)
