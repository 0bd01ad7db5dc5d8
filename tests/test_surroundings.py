"""Proves that what a user's machine has set for Keras changes nothing, or is refused in one line."""

import json
import os
import subprocess
import sys

import keras
import pytest

from jebm_tf import surroundings
from jebm_tf.storage.checkpoint_store import CheckpointStore
from tests.commands import BIN

OTHER = {"floatx": "float16", "backend": "jax", "image_data_format": "channels_first"}


@pytest.fixture
def other_keras_json(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(OTHER))
    return {**os.environ, "KERAS_HOME": str(tmp_path), "PYTHONPATH": str(BIN.parent)}


def python(code, environment):
    line = [sys.executable, "-c", code]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def test_a_command_pins_them(other_keras_json, tmp_path):
    """Also in a locale that has no Greek letters: shipped files are UTF-8, and so is what is written."""
    given = {**other_keras_json, "KERAS_BACKEND": "jax", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run_dir = tmp_path / "ü"
    asked = ["--gin_file=gin/digits.gin", "--max_steps=1", f"--run_dir={run_dir}"]
    line = [sys.executable, str(BIN / "train"), *asked]
    done = subprocess.run(line, env=given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[1] for row in rows if row[0] == "f_1"] == ["5,313"]  # 16 x 64 + 64 + 64 x 64 + 64 + 65
    assert {"checkpoints", "config.gin", "metrics.jsonl", "samples"} <= {path.name for path in run_dir.iterdir()}
    assert list(run_dir.glob("events.out.tfevents.*"))
    assert CheckpointStore(run_dir / "checkpoints").all()[-1].step == 1


def test_the_library_refuses_what_it_cannot_pin(other_keras_json):
    told = python("import jebm_tf as jebm; jebm.EnergyHead", other_keras_json).stderr.splitlines()[-1]
    assert told.startswith("ImportError: Keras' image_data_format is 'channels_first': jebm_tf needs 'channels_last'; ")
    told = python("import jebm_tf as jebm; jebm.EnergyHead", {**other_keras_json, "KERAS_BACKEND": "jax"}).stderr
    assert told.splitlines()[-1].startswith("ImportError: KERAS_BACKEND=jax: jebm_tf needs Keras on TensorFlow; ")


@pytest.mark.parametrize(("name", "value"), [("floatx", "float64"), ("image_data_format", "channels_first")])
def test_what_was_changed_in_the_process_is_named(name, value):
    before = getattr(keras.config, name)()
    surroundings.check()
    try:
        getattr(keras.config, f"set_{name}")(value)
        with pytest.raises(
            ImportError, match=rf"Keras' {name} is '{value}'.* call keras.config.set_{name}\('{before}'\)"
        ):
            surroundings.check()
    finally:
        getattr(keras.config, f"set_{name}")(before)


@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("0", "0")])
def test_a_command_takes_onednn_s_kernels_unless_told_otherwise(monkeypatch, before, after):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if before is not None:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", before)
    surroundings.choose_kernels()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == after
