"""Training sessions in processes that may be killed.

Children are forked from a process that has imported TensorFlow and never run it, so that each begins at once.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jebm_tf.errors import UserError
from jebm_tf.storage.checkpoint_store import CheckpointStore
from jebm_tf.storage.manifest import read

_SMALL = ["Generator.stages = [(4, 4, 1, 'valid'), (1, 4, 2, 'same')]", "EnergyHead.hidden = (4,)"]
_SMALL += ["PosteriorChain.num_steps = 1", "PriorChain.num_steps = 1", "GaussianPrior.hidden = (4,)"]
_SMALL += ["inference_stages = [(4, 3, 1, 'same')]", "Run.batch_size = 60", "Run.log_every = 2"]
_SMALL += ["Run.snapshot_every = 6", "Run.snapshot_size = 4", "Run.checkpoint_every = 3", "Run.max_steps = 12"]
_BANK = ["PriorChain.bank = @ChainBank()", "ChainBank.size = 120", "PriorChain.adaptation = @StepAdaptation()"]
KINDS = {
    "maximum likelihood": (["digits.gin"], _SMALL, "one_device"),
    "variational": (["digits.gin", "baselines/joint_variational.gin"], _SMALL, "one_device"),
    "bank of chains, δ adapted": (["digits.gin"], [*_SMALL, *_BANK], "one_device"),
    "averages": (["digits.gin"], [*_SMALL, "StepOptions.average_decay = 0.9"], "one_device"),
    "two replicas": (["digits.gin"], _SMALL, "two"),
}


def session(kind: str, run_dir: Path, *more: str) -> Callable[[], int | None]:
    """What trains a run of this kind."""
    files, bindings, strategy = KINDS[kind]

    def train() -> int | None:
        import tensorflow as tf

        from jebm_tf.cli import gin_files, session

        if strategy == "two":
            cpu = tf.config.list_physical_devices("CPU")[0]
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
            reduction = tf.distribute.ReductionToOneDevice()
            session.make_strategy = lambda _: tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], reduction)
        gin_files.load(files, [*bindings, *more])
        return session.train(run_dir, "one_device", accept_changes=False)

    return train


def start(work: Callable[[], int | None], log: Path, largest_file: int | None = None) -> int:
    """Forks a child that does this work, and returns its process id. What it says goes to `log`."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        with log.open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
            status = _done(work)
            sys.stdout.flush()
    finally:
        os._exit(status)


def _done(work: Callable[[], int | None]) -> int:
    try:
        return work() or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 2


def end(child: int, within: float = 300.0) -> int:
    """The exit status of a child, negative where a signal ended it."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise TimeoutError(f"a child was not done after {within} s")


def result(run_dir: Path) -> tuple[int, dict, list[dict]]:
    """The last checkpoint's step and the hashes of its files, and the rows of scalars less how fast they came.

    Equal hashes are equal weights, bit for bit.
    """
    last = CheckpointStore(run_dir / "checkpoints").all()[-1]
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    learned = [{name: value for name, value in row.items() if not name.endswith("_per_second")} for row in rows]
    return last.step, read(last.folder)["files"], learned
