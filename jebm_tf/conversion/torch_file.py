"""Reads PyTorch checkpoints in a process of their own."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from jebm_tf.conversion.torch_to_npz import REFUSED
from jebm_tf.errors import UserError

_SCRIPT = Path(__file__).with_name("torch_to_npz.py")


def read(path: Path, python: str = sys.executable) -> dict[str, np.ndarray]:
    """The tensors of a checkpoint by name.

    Args:
      path: a .pt file: a state dictionary, or a dictionary that holds one as "state_dict".
      python: an interpreter that has PyTorch.

    Raises:
      UserError: there is no such file, no PyTorch, or no tensors that can be read without running code.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; give a PyTorch checkpoint")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "tensors.npz"
        try:
            done = subprocess.run(
                [python, str(_SCRIPT), str(path), str(target)], capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise UserError(f"{python}: cannot be run ({error.strerror}); name one that has PyTorch") from error
        if "No module named 'torch'" in done.stderr:
            raise UserError(f"{python} has no PyTorch; install it there, or name another interpreter by --torch_python")
        if done.returncode == REFUSED:
            raise UserError(
                f"{path}: holds an object of {done.stdout.strip()} beside its tensors, and such are not loaded, since"
                " they may run code; if you trust the file, save the tensors alone, by"
                " torch.save(torch.load(FILE, weights_only=False)['state_dict'], NEW_FILE)"
            )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}"
            raise UserError(f"{path}: cannot be read as a PyTorch checkpoint ({reason[:200]})")
        with np.load(target) as arrays:
            return {name: arrays[name] for name in arrays.files}
