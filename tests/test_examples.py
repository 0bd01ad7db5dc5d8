"""The examples as a user runs them, copied to a folder of their own, and what the commands say of mistakes in them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.cli import gin_files, modules
from jebm_tf.cli.build import build
from jebm_tf.errors import UserError
from tests.commands import BIN, rows, run

EXAMPLES = BIN.parent / "examples"
SMALL = [
    "Generator.stages = [(8, 4, 1, 'valid'), (1, 4, 2, 'same')]",
    "PosteriorChain.num_steps = 3",
    "PriorChain.num_steps = 3",
    "Run.batch_size = 50",
    "Run.log_every = 2",
    "Run.snapshot_every = 4",
]
ENERGY = ["--module=own_energy", "--run_dir=runs/own"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the files of all examples, and a run of 4 steps with the energy of own_energy."""
    path = tmp_path_factory.mktemp("home")
    for example in filter(Path.is_dir, EXAMPLES.iterdir()):
        shutil.copytree(example, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "runs"))
    small = [f"--gin_param={setting}" for setting in SMALL]
    out, err = run("train", "--gin_file=own_energy.gin", *small, *ENERGY, "--max_steps=4", cwd=path)
    assert not err
    assert "sample --run_dir runs/own --module=own_energy --num_samples" in out
    return path


def test_a_run_with_an_own_energy_says_so_and_goes_on(home):
    config = (home / "runs/own/config.gin").read_text()
    assert config.startswith("# Needs --module=own_energy\n")
    assert "BumpEnergy.number = 64" in config
    out, err = run("train", *ENERGY, "--max_steps=6", cwd=home)
    assert "steps 4 to 6" in out
    assert not err
    assert [row["step"] for row in rows(home / "runs/own")] == [2, 4, 6]
    assert (home / "runs/own/config.gin").read_text().startswith("# Needs --module=own_energy\n")


def test_samples_and_an_own_task(home):
    run("sample", *ENERGY, "--num_samples=20", "--output=own.npz", cwd=home)
    pixels = np.load(home / "own.npz")["images"]
    task = ["--module=own_task", "--gin_file=own_task.gin", "--task=brightness", "--output=answers"]
    out, err = run("evaluate", *ENERGY, *task, "--gin_param=brightness.num_samples=20", cwd=home)
    assert not err
    assert "brightness: difference" in out
    answer = json.loads((home / "answers/brightness.json").read_text())
    table = {row["images"]: row for row in answer["tables"]["brightness"]}
    assert table["samples"]["mean"] == pytest.approx(pixels.mean())
    assert answer["title"] == "Brightness of samples and data"
    assert "<h2>Brightness of samples and data</h2>" in (home / "answers/report.html").read_text()


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_trackers_get_every_row_and_go_on(home, tracker, monkeypatch):
    pytest.importorskip(tracker)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{home}/mlruns")
    asked = [f"--module={tracker}_rows", f"--run_dir=runs/{tracker}", f"--gin_param=Run.sinks = [@{tracker}_rows]"]
    small = [f"--gin_param={setting}" for setting in SMALL]
    run("train", "--gin_file=digits.gin", *small, *asked, "--max_steps=4", cwd=home)
    run("train", *asked, "--max_steps=6", cwd=home)
    if tracker == "wandb":
        assert len(list((home / "runs/wandb/wandb").glob("offline-run-*/*.wandb"))) == 2  # of one id
        return
    import mlflow

    (record,) = mlflow.search_runs(experiment_names=["jebm_tf"], output_format="list")
    history = mlflow.MlflowClient().get_metric_history(record.info.run_id, "f/1/gap")
    assert {entry.step: entry.value for entry in history} == {
        row["step"]: pytest.approx(row["f/1/gap"]) for row in rows(home / "runs/mlflow")
    }


def test_an_own_backbone_learns_is_evaluated_and_exported(home):
    backbone, run_dir = "--module=own_backbone", "--run_dir=runs/backbone"
    small = [f"--gin_param={setting}" for setting in SMALL if setting.startswith(("PriorChain.", "Run."))]
    out, err = run("train", backbone, run_dir, "--gin_file=own_backbone.gin", *small, "--max_steps=4", cwd=home)
    assert not err
    assert "step 4/4 100 %" in out
    assert (home / "runs/backbone/samples/step_00000004.png").exists()
    out, err = run("evaluate", backbone, run_dir, "--task=reconstruction,parameters", "--output=of_backbone", cwd=home)
    assert not err
    assert "skipped" not in out
    parameters = json.loads((home / "of_backbone/parameters.json").read_text())["numbers"]
    assert {"generator", "prior", "inference", "f_1", "f_2"} <= set(parameters)
    run("export", backbone, run_dir, "--output=backbone_model", cwd=home)
    exported = tf.saved_model.load(str(home / "backbone_model"))
    assert exported.reconstruct(x=exported.sample(num=3, seed=0), seed=0).shape == (3, 8, 8, 1)


def test_without_its_module_a_run_is_refused_in_one_line(home):
    _, err = run("sample", "--run_dir=runs/own", "--output=x.png", cwd=home, status=2)
    assert err == "sample: error: runs/own/config.gin: has parts from own_energy; add --module=own_energy\n"


def test_own_parameters_are_checked_like_the_library_s(home, monkeypatch, own_names, clean_gin):
    monkeypatch.chdir(home)
    monkeypatch.setattr(modules, "given", lambda: ["own_energy"])
    modules.load()
    gin_files.load(["own_energy.gin"], [])
    assert [(head.number, head.width) for head in build("JointModel").energies] == [(64, 2.0), (64, 3.0)]
    with pytest.raises(UserError, match="BumpEnergy has no parameter 'numbre'; did you mean 'number'"):
        gin_files.load(["own_energy.gin"], ["BumpEnergy.numbre = 3"])
