"""The checkpoints of a run on disk: a folder for each step, with a manifest that tells whether it is whole.

A reader never trusts a name: a checkpoint counts if its manifest and every byte of its files are as they were written.
So a kill, a full disk or a damaged file costs one checkpoint, and what came before it is found.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jebm_tf.storage import durable, manifest
from jebm_tf.storage.manifest import DamagedError

_FOLDER = "step_{:08d}"
_WEIGHTS = "weights"  # TensorFlow's prefix in a folder


class Checkpoint(NamedTuple):
    """One of a run's checkpoints, whole or not.

    Attributes:
      step: after which it was saved.
      folder: its own.
    """

    step: int
    folder: Path

    @property
    def prefix(self) -> str:
        """What TensorFlow calls the checkpoint: the path of its files up to their endings."""
        return str(self.folder / _WEIGHTS)


class CheckpointStore:
    """Saves checkpoints and finds the whole ones.

    Args:
      directory: of all checkpoints of a run; need not be there.
    """

    def __init__(self, directory: Path):
        self.directory = directory

    def all(self) -> list[Checkpoint]:
        """Every checkpoint that there is a folder for, whole or not, the oldest first."""
        if not self.directory.is_dir():
            return []
        folders = [path for path in self.directory.iterdir() if _is_step(path)]
        return sorted(Checkpoint(int(path.name.removeprefix("step_")), path) for path in folders)

    def has_damaged(self) -> bool:
        """Whether there are some that were set aside."""
        return any(self.directory.glob("step_*.damaged"))

    def newest_first(self, damaged: Callable[[Checkpoint, str], None]) -> Iterator[Checkpoint]:
        """The whole ones, the newest first, each checked when it is asked for.

        Args:
          damaged: is told of each one that is passed over, and why.
        """
        for checkpoint in reversed(self.all()):
            try:
                found = manifest.read(checkpoint.folder)
                if found.get("step") != checkpoint.step:
                    raise DamagedError(f"its manifest is of step {found.get('step')}")
            except DamagedError as error:
                if checkpoint.folder.exists():  # else it was removed meanwhile, by the run that goes on
                    damaged(checkpoint, str(error))
                continue
            yield checkpoint

    def save(self, step: int, write: Callable[[str], object], facts: Mapping[str, Any], keep: int) -> None:
        """Saves a checkpoint, makes sure that it can be read, and then removes old ones.

        Args:
          step: of the checkpoint.
          write: writes its files under the prefix that it is given.
          facts: go into the manifest.
          keep: how many stay; that of step 0 only while there is no other.

        Raises:
          OSError: the file system refused.
          DamagedError: what was written does not read the same.
        """
        folder = self.directory / _FOLDER.format(step)
        if folder.exists():  # of a run that was thrown back behind it
            durable.discard(folder)
        with durable.drafted(folder) as draft:
            draft.mkdir()
            write(str(draft / _WEIGHTS))
            manifest.write(draft, {**facts, "step": step})
        manifest.read(folder)
        for old in self.all()[:-keep] + [first for first in self.all()[:-1] if not first.step]:
            if old.folder.exists():
                durable.discard(old.folder)

    def set_aside(self, checkpoint: Checkpoint, why: Literal["damaged", "diverged"]) -> None:
        """Moves a checkpoint out of the way of the one that will be saved in its place; it is kept, and never read."""
        aside = checkpoint.folder.with_name(f"{checkpoint.folder.name}.{why}")
        if aside.exists():
            durable.discard(aside)
        checkpoint.folder.replace(aside)
        durable.flush_directory(self.directory)


def _is_step(path: Path) -> bool:
    number = path.name.removeprefix("step_")
    return path.name.startswith("step_") and number.isdecimal() and path.is_dir()
