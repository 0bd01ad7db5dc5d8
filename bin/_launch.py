"""Runs a command of this checkout, by the checkout's own .venv where `make` has made one."""

import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def launch(command: str) -> None:
    """Runs `jebm_tf.cli.COMMAND`; an active virtual environment is used instead of .venv."""
    python = ROOT / ".venv" / "bin" / "python"
    if sys.prefix == sys.base_prefix and python.exists():
        os.execv(python, [str(python), *sys.argv])
    sys.path.insert(0, str(ROOT))
    importlib.import_module(f"jebm_tf.cli.{command}").entry()
