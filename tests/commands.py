"""Commands as a user types them, and what they leave."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import tensorflow as tf

from jebm_tf.storage.checkpoint_store import CheckpointStore
from tests import fork_server

BIN = Path(__file__).parent.parent / "bin"
QUICK = ["Generator.stages = [(8, 4, 1, 'valid'), (1, 4, 2, 'same')]", "PosteriorChain.num_steps = 2"]
QUICK += ["PriorChain.num_steps = 2", "Run.batch_size = 50", "Run.snapshot_size = 4"]


def start(command, *arguments, cwd):
    """A process of its own, from the start."""
    line = [sys.executable, str(BIN / command), *map(str, arguments)]
    return subprocess.Popen(line, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(command, *arguments, cwd, status=0):
    """What a command said on standard output and standard error, and asserts how it ended."""
    with tempfile.TemporaryDirectory() as said:
        ended = fork_server.run([str(BIN / command), *map(str, arguments)], cwd, Path(said))
        out, err = (Path(said, name).read_text() for name in ("out", "err"))
    assert ended == status, err
    return out, err


def train_one_step(*arguments, cwd):
    """A run on the digits that is over as soon as a run can be."""
    settings = [f"--gin_param={setting}" for setting in QUICK]
    return run("train", "--gin_file=gin/digits.gin", "--max_steps=1", *settings, *arguments, cwd=cwd)


def last_checkpoint(run_dir):
    return CheckpointStore(run_dir / "checkpoints").all()[-1]


def weights(run_dir):
    """Every number in a run's last checkpoint."""
    return numbers(last_checkpoint(run_dir).prefix)


def numbers(prefix):
    """Every number in a checkpoint."""
    reader = tf.train.load_checkpoint(prefix)
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name) for name in sorted(names)}


def rows(run_dir):
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
