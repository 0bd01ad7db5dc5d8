"""The comment that says which modules a gin file needs."""

import sys

import pytest

from jebm_tf.cli import gin_files, needs
from jebm_tf.errors import UserError


def test_what_is_written_is_read():
    assert needs.line([]) == ""
    text = needs.line(["my.energy", "b", "my.energy"]) + "Run.seed = 3\n"
    assert text.startswith("# Needs --module=b --module=my.energy\n")
    assert needs.needed(text) == ["b", "my.energy"]
    assert gin_files.settings(text) == {"Run.seed": "3"}


def test_only_comments_at_the_top_count():
    assert needs.needed("# A run.\n\n#  Needs --module=a\nRun.seed = 3\n# Needs --module=b\n") == ["a"]
    assert needs.needed("# Try --module=a\nRun.seed = 3") == []


def test_a_module_must_be_there_and_is_never_imported(tmp_path, monkeypatch, own_names):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "never_imported.py").write_text("1 / 0")
    text = needs.line(["json", "never_imported", "z"])
    with pytest.raises(UserError) as caught:
        needs.check(text, "runs/a/config.gin")
    assert str(caught.value) == (
        "runs/a/config.gin: has parts from never_imported, z; add --module=never_imported --module=z"
    )
    monkeypatch.setitem(sys.modules, "never_imported", None)
    monkeypatch.setitem(sys.modules, "z", None)
    needs.check(text, "runs/a/config.gin")


def test_every_gin_file_may_say_what_it_needs(tmp_path):
    (tmp_path / "own.gin").write_text("# Needs --module=absent.energy\nRun.seed = 1\n")
    (tmp_path / "over.gin").write_text("include 'own.gin'\n")
    with pytest.raises(UserError, match=r"own.gin: has parts from absent.energy; add --module=absent.energy"):
        gin_files.load([str(tmp_path / "over.gin")], [])
