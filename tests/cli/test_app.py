"""Proves what commands make of errors."""

import sys

import pytest
import tensorflow as tf

from jebm_tf.cli import app
from tests.commands import BIN, start


def test_no_memory_left_gets_one_line(monkeypatch, capsys):
    def main():
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9]\nand a graph")

    monkeypatch.setattr("sys.argv", ["sample"])
    with pytest.raises(SystemExit) as left:
        app.run(main)
    assert left.value.code == app.USAGE
    error = capsys.readouterr().err
    assert error == (
        "sample: error: out of memory (OOM when allocating tensor with shape[9]); lower --batch_size, or Run.batch_size"
        " in training\n"
    )
    with pytest.raises(tf.errors.ResourceExhaustedError):
        monkeypatch.setattr("sys.argv", ["sample", "--debug"])
        app.run(main)


@pytest.mark.parametrize("flag", ["--help", "--list_settings"])
def test_a_reader_that_leaves_ends_nothing(flag):
    """As with `| head -1`: the pipe is closed before anything is written to it."""
    process = start("train", flag, cwd=BIN)
    process.stdout.close()
    with process.stderr as said:
        assert said.read() == ""
    assert process.wait() == 0


def test_words_without_a_flag_get_one(monkeypatch):
    monkeypatch.setattr("sys.argv", ["compare", "runs/a", "--debug", "runs/b", "--output", "c.html", "--x=1", "runs/d"])
    monkeypatch.setattr("absl.flags.FLAGS", app.flags.FlagValues())
    app.flags.DEFINE_boolean("debug", False, "", flag_values=app.flags.FLAGS)
    app.flags.DEFINE_string("output", None, "", flag_values=app.flags.FLAGS)
    app.name_bare_words("run_dir")
    named = ["--run_dir=runs/a", "--debug", "--run_dir=runs/b", "--output", "c.html", "--x=1", "--run_dir=runs/d"]
    assert sys.argv == ["compare", *named]
