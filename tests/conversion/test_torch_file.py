"""What cannot be read is named in one line."""

import sys

import pytest

from jebm_tf.conversion import torch_file
from jebm_tf.errors import UserError
from tests.conversion.test_nvae import PYTHON, needs_torch


def test_no_file(tmp_path):
    with pytest.raises(UserError, match="no such file; give a PyTorch checkpoint"):
        torch_file.read(tmp_path / "no.pt")


def test_no_interpreter(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"")
    with pytest.raises(UserError, match="cannot be run"):
        torch_file.read(tmp_path / "a.pt", str(tmp_path / "python"))


@pytest.mark.skipif(sys.executable == PYTHON, reason="an interpreter without PyTorch beside one with it is not there")
def test_no_torch(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"")
    with pytest.raises(UserError, match=r"has no PyTorch; install it there"):
        torch_file.read(tmp_path / "a.pt")


@needs_torch
@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"cos\nsystem\n(S'touch hacked'\ntR."])
def test_what_is_no_checkpoint_is_not_run(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as a PyTorch checkpoint"):
        torch_file.read(tmp_path / "a.pt", PYTHON)
    assert not (tmp_path / "hacked").exists()
