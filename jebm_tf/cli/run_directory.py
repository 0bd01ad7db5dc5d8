"""The directory of a run: what lies where, and the guard against two different runs in one directory."""

import datetime
import hashlib
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jebm_tf
from jebm_tf import registry
from jebm_tf.cli import gin_files, modules, needs, tasks
from jebm_tf.errors import UserError
from jebm_tf.storage import durable
from jebm_tf.storage.durable import write_text

_PACKAGES = ("tensorflow", "keras", "tensorflow-probability", "tensorflow-datasets", "gin-config", "numpy")
# What may differ between two starts of one run: its length, how often things are written, what watches it, where the
# images lie.
_FREE = {
    "Run.callbacks",
    "Run.sinks",
    "Run.log_every",
    "Run.snapshot_every",
    "Run.snapshot_size",
    "Run.checkpoint_every",
    "Run.keep_checkpoints",
    "Run.evaluations",
    "Run.evaluate_every",
    "Run.keep_best",
    "load_images.data_dir",
    "load_images.cache_dir",
}
_LENGTH = {"Run.epochs", "Run.max_steps"}


class RunDirectory:
    """Paths of a run, and what is written at its start.

    Attributes:
      path: the directory.
    """

    def __init__(self, path: Path):
        self.path = path

    @property
    def config(self) -> Path:
        """The settings that the run used, as a gin file."""
        return self.path / "config.gin"

    @property
    def metrics(self) -> Path:
        """One JSON object per row of scalars."""
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """The checkpoint of the best evaluation, where the run keeps it."""
        return self.path / "best"

    def config_text(self) -> str:
        """The text of `config`; empty where there is none."""
        return self.config.read_text(encoding="utf-8") if self.config.is_file() else ""

    def config_digest(self) -> str:
        """SHA-256 of that, in hexadecimal."""
        return hashlib.sha256(self.config_text().encode()).hexdigest()

    def require_no_history(self) -> None:
        """Checks that nothing was learned here, so that a run without a checkpoint may begin.

        Raises:
          UserError: rows of scalars are here.
        """
        if self.metrics.is_file() and self.metrics.stat().st_size:
            raise UserError(
                f"{self.path}: holds a run ({self.metrics.name} is not empty) and no checkpoint; bring"
                f" {self.checkpoints.name}/ back from a copy, or begin again with another --run_dir"
            )

    def sweep(self) -> None:
        """Removes what a killed training left half-written; elsewhere in here an evaluation may be writing now."""
        for folder in (self.checkpoints, self.path / "samples", self.path / "reconstructions"):
            durable.sweep(folder)

    def check_modules(self) -> None:
        """Checks that the modules that the run here needs are loaded, if there is a run.

        Raises:
          UserError: one is not.
        """
        needs.check(self.config_text(), str(self.config))

    def require(self) -> None:
        """Checks that a run is here.

        Raises:
          UserError: it is not.
        """
        if not self.config.is_file():
            raise UserError(f"{self.path}: not a run directory (it has no config.gin); give a training run's --run_dir")

    def write_config(self, config: str, accept_changes: bool, *, fixed_length: bool = False) -> None:
        """Writes `config` and which modules it needs, unless it would turn the run that is here into another one.

        Args:
          config: the settings, as a gin file.
          accept_changes: write it even then.
          fixed_length: whether something of the run depends on how long it is, such as a learning rate.

        Raises:
          UserError: a run with other settings is here, and `accept_changes` is false.
        """
        if self.config.is_file():
            old, new = gin_files.settings(self.config_text()), gin_files.settings(config)
            differ = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
            settings = _FREE if fixed_length else _FREE | _LENGTH
            names = _free_names(old, new)
            changed = [key for key in differ if key not in settings and not _is_free(key, names)]
            if changed and not accept_changes:
                key = changed[0]
                more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
                raise UserError(
                    f"{self.path}: holds a run with {key} = {old.get(key, 'unset')}, not {new.get(key, 'unset')}{more};"
                    " choose another --run_dir, or resume with the new settings by --accept_changes"
                )
        own = registry.own_modules(gin_files.named_in(config))
        write_text(self.config, needs.line([*own, *modules.given()]) + config)

    def write_data(self, images: dict[str, Any]) -> None:
        """Writes data.json: which images the run learned from."""
        write_text(self.path / "data.json", json.dumps(images, indent=2, ensure_ascii=False) + "\n")

    def write_skipped(self, lines: Sequence[str]) -> None:
        """Writes skipped_images.txt, a line for each file that was left out of the images; none, no file."""
        path = self.path / "skipped_images.txt"
        if lines:
            write_text(path, "".join(f"{line}\n" for line in lines))
        else:
            path.unlink(missing_ok=True)

    def write_environment(self, devices: list[str], step: int) -> None:
        """Writes env.json: versions, devices, git commit, command line and time of the latest start."""
        environment = {
            **versions(),
            "devices": devices,
            "command": sys.argv,
            "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "started_at_step": step,
        }
        write_text(self.path / "env.json", json.dumps(environment, indent=2) + "\n")


def versions() -> dict[str, Any]:
    """Versions of this library, of its code's commit, of Python and of what numbers depend on."""
    return {
        "jebm_tf": jebm_tf.__version__,
        "git_commit": _git_commit(),
        "python": sys.version.split()[0],
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def create(path: Path) -> RunDirectory:
    """The run directory at `path`, made where it is missing.

    Raises:
      UserError: it cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"{path}: cannot be written to ({error.strerror}); choose another --run_dir") from error
    return RunDirectory(path)


def evaluation_names() -> set[str]:
    """Configurables and scopes that decide on evaluations only."""
    return {*tasks.known(), "inception", "out"}


def _free_names(*configs: dict[str, str]) -> set[str]:
    """Configurables and scopes whose settings may differ between two starts: of what watches a run."""
    watching = [config.get(name, "") for config in configs for name in ("Run.callbacks", "Run.sinks")]
    return evaluation_names().union(*map(gin_files.references, watching))


def _is_free(key: str, names: set[str]) -> bool:
    return key.split("/", maxsplit=1)[0] in names or gin_files.configurable(key) in names


def _git_commit() -> str | None:
    """The commit of the code in use, with "+changes" where it was changed since; None outside a git checkout."""
    folder = Path(jebm_tf.__path__[0])
    git = ["git", "-C", str(folder)]
    try:
        top = subprocess.run([*git, "ls-files", "__init__.py"], capture_output=True, text=True, check=True)
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        status = subprocess.run([*git, "status", "--porcelain", "."], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    if not top.stdout.strip():
        return None
    return commit.stdout.strip() + ("+changes" if status.stdout.strip() else "")
