"""Kills, and signals that ask a run to end."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jebm_tf.storage import durable
from tests.faults.children import KINDS, end, result, session, start


def killed(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """kill -9 at a random moment, a third within a save: gone on with, weights and scalars are bit for bit the same."""
    for i in range(number):
        kind = list(KINDS)[i % len(KINDS)]
        run_dir = folder / f"killed{i}"
        if i % 3 == 0:
            child = start(_killing_itself(session(kind, run_dir), rng.randrange(60)), folder / "log")
        else:
            child = start(session(kind, run_dir), folder / "log")
            _wait_for(run_dir / "config.gin", child)
            time.sleep(rng.random() * 4.0)
            os.kill(child, signal.SIGKILL)
        end(child)
        status = end(start(session(kind, run_dir), folder / "log"))
        yield status == 0 and result(run_dir) == _whole(kind, folder)


def asked_to_end(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """SIGTERM and SIGINT in turn at a random moment: saved within a step, status 143 and 130."""
    kind, more = "maximum likelihood", "Run.max_steps = 100000"
    for i in range(number):
        sent, status = ((signal.SIGTERM, 143), (signal.SIGINT, 130))[i % 2]
        run_dir = folder / f"asked{i}"
        child = start(session(kind, run_dir, more), folder / "log")
        _wait_for(run_dir / "metrics.jsonl", child)
        time.sleep(rng.random())
        os.kill(child, sent)
        yield end(child) == status and result(run_dir)[0] >= result(run_dir)[2][-1]["step"]


def _whole(kind: str, folder: Path) -> tuple:
    run_dir = folder / f"whole {kind}"
    if not run_dir.exists():
        assert end(start(session(kind, run_dir), folder / "log")) == 0, (folder / "log").read_text()
    return result(run_dir)


def _wait_for(path: Path, child: int) -> None:
    deadline = time.monotonic() + 300.0
    while not path.exists() and time.monotonic() < deadline:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.005)


def _killing_itself(work: Callable[[], int | None], after: int) -> Callable[[], int | None]:
    """The same work, killed at one of the calls by which something gets onto the disk."""

    def counted(name: str) -> None:
        original = getattr(durable, name)

        def call(*arguments):
            nonlocal after
            after -= 1
            if after < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments)

        setattr(durable, name, call)

    def train() -> int | None:
        for name in ("_flush", "flush_directory", "_remove", "append_line"):
            counted(name)
        return work()

    return train
