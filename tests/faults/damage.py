"""Checkpoints that a disk has spoilt."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from jebm_tf.storage.checkpoint_store import CheckpointStore
from tests.faults.children import end, result, session, start

_KIND = "maximum likelihood"


def flipped(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """A bit of a file of the newest checkpoint, its manifest included: noticed, and the one before is taken."""
    yield from _damaged(number, rng, folder, _flip)


def cut(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """A file of the newest checkpoint cut short, emptied, gone or of zeros: noticed, and the one before is taken."""
    yield from _damaged(number, rng, folder, _cut)


def gone_on_with(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """The same, and the same command again: weights and scalars are those of a run that was not hurt."""
    whole = _run(folder)
    for i in range(number):
        run_dir = folder / f"hurt{i}"
        shutil.copytree(whole, run_dir)
        newest = CheckpointStore(run_dir / "checkpoints").all()[-1].folder
        (_flip if i % 2 else _cut)(rng.choice(sorted(newest.iterdir())), rng)
        status = end(start(session(_KIND, run_dir), folder / "log"))
        said = (folder / "log").read_text()
        yield status == 0 and "damaged and passed over" in said and result(run_dir) == result(whole)


def _run(folder: Path) -> Path:
    run_dir = folder / f"whole {_KIND}"
    if not run_dir.exists():
        assert end(start(session(_KIND, run_dir), folder / "log")) == 0, (folder / "log").read_text()
    return run_dir


def _damaged(number: int, rng: random.Random, folder: Path, damage) -> Iterator[bool]:
    store = CheckpointStore(_run(folder) / "checkpoints")
    before, newest = store.all()[-2:]
    files = sorted(newest.folder.iterdir())
    for i in range(number):
        file = files[i % len(files)]
        whole = file.read_bytes()
        means_the_same = damage(file, rng)
        told = []
        found = next(store.newest_first(lambda checkpoint, _, told=told: told.append(checkpoint)))
        yield means_the_same or (found == before and told == [newest])
        file.write_bytes(whole)


def _flip(file: Path, rng: random.Random) -> bool:
    """Returns whether the file means the same: white space of JSON that became other white space."""
    whole = bytearray(file.read_bytes())
    bit = rng.randrange(8 * len(whole))
    before = whole[bit // 8]
    whole[bit // 8] ^= 1 << bit % 8
    file.write_bytes(whole)
    return file.suffix == ".json" and {before, whole[bit // 8]} <= set(b" \t\n\r")


def _cut(file: Path, rng: random.Random) -> bool:
    whole = file.read_bytes()
    kind = rng.randrange(4)
    if kind == 0:
        file.unlink()
    elif kind == 1:
        file.write_bytes(bytes(len(whole)))
    else:
        file.write_bytes(whole[: rng.randrange(len(whole) - 1) if kind == 2 else 0])
    return False
