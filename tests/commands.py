"""Commands as a user types them, and what they leave."""

import json
import subprocess
import sys
from pathlib import Path

import tensorflow as tf

BIN = Path(__file__).parent.parent / "bin"


def start(command, *arguments, cwd):
    line = [sys.executable, str(BIN / command), *map(str, arguments)]
    return subprocess.Popen(line, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(command, *arguments, cwd, status=0):
    process = start(command, *arguments, cwd=cwd)
    out, err = process.communicate()
    assert process.returncode == status, err
    return out, err


def weights(run_dir):
    """Every number in a run's last checkpoint, but for the count of saves."""
    reader = tf.train.load_checkpoint(str(run_dir / "checkpoints"))
    names = set(reader.get_variable_to_shape_map()) - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    return {name: reader.get_tensor(name) for name in sorted(names) if "save_counter" not in name}


def rows(run_dir):
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
