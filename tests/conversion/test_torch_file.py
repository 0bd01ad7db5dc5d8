"""Checkpoints of PyTorch are read without running what is in them; what cannot be read is named in one line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jebm_tf.conversion import torch_file
from jebm_tf.errors import UserError
from tests.conversion import released_nets as released

PYTHON = os.environ.get("JEBM_TORCH_PYTHON", sys.executable)


def has_torch():
    done = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True, check=False)
    return done.returncode == 0


needs_torch = pytest.mark.skipif(not has_torch(), reason="PyTorch is not there; JEBM_TORCH_PYTHON names who has it")


@pytest.fixture
def write(tmp_path):
    """Writes a checkpoint of one kind, and returns its path and the tensors in it."""
    tensors = released.tensors(released.names_and_shapes("vaebm"))
    np.savez(tmp_path / "tensors.npz", **tensors)
    script = Path(__file__).with_name("write_checkpoint.py")

    def checkpoint(kind):
        path = tmp_path / "checkpoint.pt"
        subprocess.run([PYTHON, str(script), str(tmp_path / "tensors.npz"), str(path), kind], check=True)
        return path, tensors

    return checkpoint


@needs_torch
@pytest.mark.parametrize("kind", ["zip", "legacy", "bare"])
def test_every_tensor_is_read(write, kind):
    path, expected = write(kind)
    found = torch_file.read(path, PYTHON)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


@needs_torch
@pytest.mark.parametrize(("kind", "what"), [("scalar", "numpy"), ("path", "pathlib")])
def test_other_objects_beside_the_tensors_are_named(write, kind, what):
    with pytest.raises(UserError, match=rf"holds an object of {what}.* beside its tensors") as caught:
        torch_file.read(write(kind)[0], PYTHON)
    assert "torch.save(" in str(caught.value)
    assert "\n" not in str(caught.value)


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
    with pytest.raises(UserError, match=r"cannot be read as a PyTorch checkpoint|holds an object of os.system"):
        torch_file.read(tmp_path / "a.pt", PYTHON)
    assert not (tmp_path / "hacked").exists()
