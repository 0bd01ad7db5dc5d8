"""Real data and weights that lie beside a checkout on some machines; tests that need them skip elsewhere."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent / "shared"


def shared(name):
    """The path of a shared file; skips the test where it is not there."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    return path
