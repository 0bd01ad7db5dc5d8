"""bin/doctor: whether this machine has what training needs, line by line, and what to do where it has not.

Examples:
  bin/doctor
  bin/doctor --data_dir=data
"""

import importlib.metadata
import json
import locale
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from absl import flags

from jebm_tf.cli import answer, app

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Where images of tensorflow-datasets lie. Default: its own place.")
_LEAST_DISK = 2e9  # bytes, for checkpoints and events of a run
_SHOWN = ("tensorflow", "keras", "numpy")
_PYTHON = (3, 11, 4)


class Finding(NamedTuple):
    """What a check has found.

    Attributes:
      fine: whether nothing has to be done.
      said: one line, with what to do where something has.
    """

    fine: bool
    said: str


def main() -> int:
    """Checks; returns 1 where something is wrong."""
    app.import_tensorflow()
    wrong, found = 0, dict[str, dict]()
    for name, check in _CHECKS.items():
        finding = check()
        found[name] = finding._asdict()
        wrong += not finding.fine
        print(f"{'ok' if finding.fine else 'WRONG':5} {name}: {finding.said}", flush=True)
    answer.add(findings=found, wrong=wrong)
    return 1 if wrong else 0


def python_version() -> Finding:
    """Of this interpreter."""
    found, least = sys.version.split()[0], ".".join(map(str, _PYTHON))
    return Finding(sys.version_info >= _PYTHON, f"{found} (at least {least})")


def packages() -> Finding:
    """Whether installed versions are those that this library asks for."""
    from packaging.requirements import Requirement

    try:
        asked = map(Requirement, importlib.metadata.requires("jebm_tf") or [])
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, "jebm_tf is not installed; run `pip install -e .` here")
    wrong = []
    for package in asked:
        if package.marker is not None and not package.marker.evaluate({"extra": ""}):
            continue
        try:
            found = importlib.metadata.version(package.name)
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        if found == "none" or not package.specifier.contains(found, prereleases=True):
            wrong.append(f"{package.name} {found} (needs {package.specifier})")
    if wrong:
        return Finding(False, f"{', '.join(wrong)}; run `pip install -e .` again")
    return Finding(True, ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _SHOWN))


def devices() -> Finding:
    """The accelerators that TensorFlow sees, against those that the machine has."""
    import tensorflow as tf

    seen = tf.config.list_physical_devices("GPU")
    if seen:
        return Finding(True, ", ".join(device.name for device in seen))
    smi = shutil.which("nvidia-smi")
    listed = smi and subprocess.run([smi, "-L"], capture_output=True, text=True, check=False)
    if not listed or listed.returncode or not listed.stdout.strip():
        return Finding(True, f"{os.cpu_count()} CPU cores, no GPU")
    built = tf.sysconfig.get_build_info().get("cuda_version", "no CUDA")
    gpu = listed.stdout.splitlines()[0]
    return Finding(
        False, f"{gpu} is there, and TensorFlow (built for {built}) does not see it; `pip install -e '.[gpu]'`"
    )


def keras_settings() -> Finding:
    """Whether keras.json asks for what this library does not do."""
    path = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Finding(True, "no keras.json")
    except (OSError, ValueError) as error:
        return Finding(False, f"{path}: cannot be read ({error}); remove it")
    wanted = {"backend": "tensorflow", "floatx": "float32", "image_data_format": "channels_last"}
    other = {name: told[name] for name, value in wanted.items() if told.get(name, value) != value}
    if not other:
        return Finding(True, str(path))
    return Finding(False, f"{path}: {other}; commands do not mind, `import jebm_tf` refuses: change it to {wanted}")


def encoding() -> Finding:
    """How names of files are encoded. TensorFlow takes all for UTF-8."""
    found = locale.getencoding()
    if found.lower() == "utf-8":
        return Finding(True, found)
    return Finding(
        True, f"{found}; commands use Python's UTF-8 mode instead: set PYTHONUTF8=1 for Python code of your own"
    )


def disk() -> Finding:
    """Room where runs go."""
    free = shutil.disk_usage(Path.cwd()).free
    said = f"{free / 1e9:.1f} GB free in {Path.cwd()}"
    return Finding(free >= _LEAST_DISK, said if free >= _LEAST_DISK else f"{said}; runs need more: make room")


def data_directory() -> Finding:
    """Where tensorflow-datasets reads and writes."""
    given = _DATA_DIR.value or os.environ.get("TFDS_DATA_DIR")
    path = Path(given) if given else Path.home() / "tensorflow_datasets"
    there = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
    if given and not path.exists():
        return Finding(False, f"{path}: not there; give the folder that holds the data sets")
    if not os.access(there, os.W_OK if not path.exists() else os.R_OK):
        return Finding(False, f"{there}: not accessible; set --data_dir or TFDS_DATA_DIR to a folder of your own")
    return Finding(True, f"{path}{'' if path.exists() else ' (made when it is needed)'}")


def tensorboard() -> Finding:
    """Whether a run can be watched."""
    script = shutil.which("tensorboard") or Path(sys.executable).with_name("tensorboard")
    if not Path(script).exists():
        return Finding(False, "not there; `pip install tensorboard`")
    return Finding(True, f"{importlib.metadata.version('tensorboard')}, {script}")


def determinism() -> Finding:
    """Whether runs repeat bit for bit here."""
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU") or os.environ.get("TF_DETERMINISTIC_OPS") == "1":
        return Finding(True, "runs of a seed repeat bit for bit")
    return Finding(
        True, "runs of a seed repeat up to rounding; bit for bit with TF_DETERMINISTIC_OPS=1, which is slower"
    )


_CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": python_version,
    "packages": packages,
    "devices": devices,
    "keras.json": keras_settings,
    "encoding": encoding,
    "disk": disk,
    "data": data_directory,
    "TensorBoard": tensorboard,
    "repeatability": determinism,
}


def entry() -> None:
    """The console script jebm-doctor."""
    app.run(main)
