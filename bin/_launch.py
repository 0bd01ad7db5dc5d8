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
    try:
        module = importlib.import_module(f"jebm_tf.cli.{command}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("jebm_tf"):
            raise
        sys.exit(_not_installed(command, error.name))
    module.entry()


def _not_installed(command: str, package: str) -> int:
    where = f"{sys.executable} has no {package}"
    print(f"{command}: error: {where}; run `make demo` or `make test` first, which install everything", file=sys.stderr)
    return 2
