"""The most memory that a block needs: of the process on a CPU, of the device on a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_GPU = "GPU:0"


class Peak:
    """What a block needed, once it is over.

    Attributes:
      bytes: at most, at one time; None where the machine does not say.
    """

    bytes: int | None = None


def where() -> str:
    """What the numbers are of."""
    return "memory of the GPU" if tf.config.list_physical_devices("GPU") else "resident set of the process"


@contextmanager
def peak() -> Iterator[Peak]:
    """A block whose peak is measured. It includes what was there before: weights, graphs, TensorFlow itself."""
    found, gpu = Peak(), bool(tf.config.list_physical_devices("GPU"))
    if gpu:
        tf.config.experimental.reset_memory_stats(_GPU)
        yield found
        found.bytes = tf.config.experimental.get_memory_info(_GPU)["peak"]
    else:
        can_tell = _reset_resident_peak()
        yield found
        found.bytes = _resident_peak() if can_tell else None


def _reset_resident_peak() -> bool:
    """Lets Linux forget the process' peak so far; whether it could."""
    try:
        _RESET.write_text("5")
    except OSError:
        return False
    return _STATUS.is_file()


def _resident_peak() -> int | None:
    lines = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
    return 1024 * int(lines[0].split()[1]) if lines else None
