"""The commands as a user types them: whole processes, on real images, with small chains."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.commands import BIN, last_checkpoint, rows, run, start, weights

SMALL = """
include 'digits.gin'
Generator.stages = [(8, 4, 1, 'valid'), (1, 4, 2, 'same')]
PosteriorChain.num_steps = 3
PriorChain.num_steps = 3
Run.batch_size = 50
Run.log_every = 2
Run.snapshot_every = 4
Run.checkpoint_every = 4
Run.snapshot_size = 9
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a small gin file and a run of 6 steps in runs/small."""
    path = tmp_path_factory.mktemp("home")
    (path / "small.gin").write_text(SMALL)
    out, err = run("train", "--gin_file=small.gin", "--max_steps=6", cwd=path)
    assert not err
    assert "runs/small/samples/step_00000006.png" in out
    return path


def same_run(one, two):
    """Asserts that two runs have the same state and logged the same, but for the time it took."""
    ours, theirs = weights(one), weights(two)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 50
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)
    for mine, other in zip(rows(one), rows(two), strict=True):
        assert {k: v for k, v in mine.items() if "per_second" not in k} == {
            k: v for k, v in other.items() if "per_second" not in k
        }


def logged_alike(one, two):
    """Asserts that two runs logged the same up to rounding, which grows along the chains."""
    for ours, theirs in zip(rows(one), rows(two), strict=True):
        for name in theirs.keys() - {"steps_per_second", "images_per_second"}:
            assert ours[name] == pytest.approx(theirs[name], rel=1e-3, abs=1e-4), name


def test_a_run_leaves_what_it_promises(home):
    run_dir = home / "runs" / "small"
    assert [row["step"] for row in rows(run_dir)] == [2, 4, 6]
    assert all(value is not None for row in rows(run_dir) for value in row.values())
    assert {"log_likelihood", "f/1/gap", "gradient_norm/f_2", "parameter_norm/prior", "images_per_second"} <= set(
        rows(run_dir)[-1]
    )
    assert {"prior_chain/acceptance", "posterior_chain/f_1/last"} <= set(rows(run_dir)[1])
    assert "EnergyHead.hidden = (64, 64)" in (run_dir / "config.gin").read_text()
    assert json.loads((run_dir / "env.json").read_text())["devices"]
    assert sorted(p.name for p in (run_dir / "samples").iterdir()) == ["step_00000004.png", "step_00000006.png"]
    assert list(run_dir.glob("events.*"))


def test_resuming_after_the_end_equals_one_run(home):
    run("train", "--gin_file=small.gin", "--run_dir=parts", "--max_steps=4", cwd=home)
    out, _ = run("train", "--run_dir=parts", "--max_steps=6", cwd=home)
    assert "steps 4 to 6" in out
    same_run(home / "parts", home / "runs" / "small")
    out, _ = run("train", "--run_dir=parts", "--max_steps=6", cwd=home)
    assert "complete at step 6" in out


def interrupted(home, name, sent):
    """Starts a long run, sends it a signal after its first rows, and returns its exit status."""
    process = start("train", "--gin_file=small.gin", f"--run_dir={name}", "--max_steps=100000", cwd=home)
    metrics = home / name / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while not (metrics.exists() and len(metrics.read_text().splitlines()) > 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(sent)
    process.communicate()
    return process.returncode


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(home):
    """For kills see tests/faults."""
    assert interrupted(home, "stopped", signal.SIGTERM) == 143
    stopped_at = last_checkpoint(home / "stopped").step
    assert stopped_at > rows(home / "stopped")[-1]["step"] - 1
    end = stopped_at // 4 * 4 + 8
    out, _ = run("train", "--gin_file=small.gin", "--run_dir=stopped", f"--max_steps={end}", cwd=home)
    assert f"steps {stopped_at} to {end}" in out
    run("train", "--gin_file=small.gin", "--run_dir=unstopped", f"--max_steps={end}", cwd=home)
    same_run(home / "stopped", home / "unstopped")


def test_samples_depend_on_the_seed_alone(home):
    common = ["--run_dir=runs/small"]
    run("sample", *common, "--num_samples=5", "--output=five.npz", cwd=home)
    run("sample", *common, "--num_samples=270", "--output=many.npz", cwd=home)
    run("sample", *common, "--num_samples=5", "--output=five.png", cwd=home)
    run("sample", *common, "--num_samples=5", "--seed=1", "--output=other.npz", cwd=home)
    run("sample", *common, "--num_samples=270", "--batch_size=100", "--output=parts.npz", cwd=home)
    five, many, other, parts = (np.load(home / f"{name}.npz") for name in ("five", "many", "other", "parts"))
    np.testing.assert_allclose(parts["z_1"], many["z_1"], atol=1e-5)  # matrix products of other heights round otherwise
    assert (five["images"].shape, many["images"].shape) == ((5, 8, 8, 1), (270, 8, 8, 1))
    assert (five["z_1"].shape, int(five["step"])) == ((5, 16), 6)
    np.testing.assert_array_equal(five["images"], many["images"][:5])
    assert (five["images"] != other["images"]).any()
    sheet = np.asarray(Image.open(home / "five.png"))
    np.testing.assert_array_equal(sheet[4 : 4 + 32 : 4, 4 : 4 + 32 : 4], five["images"][0, ..., 0])


def test_an_export_equals_bin_sample(home):
    run("export", "--run_dir=runs/small", "--output=saved", cwd=home)
    run("sample", "--run_dir=runs/small", "--num_samples=270", "--seed=4", "--output=live.npz", cwd=home)
    loaded = tf.saved_model.load(str(home / "saved"))
    pixels = np.round((loaded.sample(num=270, seed=4).numpy() + 1.0) * 127.5)
    # A rounding error of 1e-6 may tip a value that lies between two grey levels.
    assert np.abs(pixels - np.load(home / "live.npz")["images"]).max() <= 1
    assert (pixels != np.load(home / "live.npz")["images"]).mean() < 1e-3


TINY = """
inception.weights = 'absent.npz'
fid_small.num_samples = 60
likelihood.num_images = 2
likelihood.num_chains = 2
likelihood.num_temperatures = 10
likelihood.num_prior_chains = 4
likelihood.num_prior_temperatures = 10
long_run.lengths = (10, 20)
long_run.num_chains = 4
hierarchical.num_images = 4
reconstruction.num_images = 40
ood.num_images = 40
ood.num_samples = 1
ood.resamples = 10
anomaly.num_samples = 1
"""


def test_all_evaluations_of_a_run_that_held_a_class_out(home):
    (home / "tiny.gin").write_text(TINY)
    others = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1), dtype=np.uint8)
    np.savez(home / "noise.npz", x_test=others)
    asked = ["--gin_param=Run.evaluate_every=4", "--gin_param=training/reconstruction.num_images=20"]
    asked += ["--gin_param=Run.evaluations=[@training/reconstruction]", "--gin_param=load_images.exclude_labels=(3,)"]
    run("train", "--gin_file=small.gin", "--max_steps=6", "--run_dir=runs/held", *asked, cwd=home)
    logged = [row for row in rows(home / "runs/held") if "eval/reconstruction/mse" in row]
    assert [row["step"] for row in logged] == [4, 6]
    evaluate = ["evaluate", "--run_dir=runs/held", "--gin_file=tiny.gin", "--cache_dir=cache"]
    second = "--gin_param=out/load_images.data_dir='noise.npz'"
    out, err = run(*evaluate, "--task=all", second, cwd=home)
    assert not err
    assert "fid: skipped (absent.npz: cannot be read as Inception weights" in out
    folder = home / "runs/held/evaluation/step_00000006"
    answered = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    expected = {
        "parameters",
        "sampling_time",
        "fid_small",
        "likelihood",
        "reconstruction",
        "hierarchical",
        "interpolation",
    }
    assert answered.keys() == expected | {"transitions", "long_run", "ood", "anomaly"}
    assert answered["anomaly"]["protocol"]["checkpoint_steps"] == [4, 6]
    assert answered["ood"]["protocol"]["out"]["source"].endswith("noise.npz x_test")
    for name, answer in answered.items():
        assert answer["receipt"]["step"] == 6
        assert answer["receipt"]["prior_sampler"]["num_steps"] == 3
        for picture in answer["pictures"]:
            with Image.open(folder / picture["file"]) as image:
                assert min(image.size) > 8, name
    page = (folder / "report.html").read_text()
    assert page.count("<section") == len(answered) + 1  # and one for what was skipped
    # The same command for one task: the same numbers, and the page keeps the others.
    run(*evaluate, "--task=reconstruction", cwd=home)
    again = json.loads((folder / "reconstruction.json").read_text())
    assert again["numbers"] == answered["reconstruction"]["numbers"]
    assert (folder / "report.html").read_text().count("<section") == len(answered)


def test_prepared_images_can_be_trained_on(home):
    rng = np.random.default_rng(0)
    np.savez(home / "mine.npz", x_train=rng.integers(0, 256, (60, 8, 8, 1), dtype=np.uint8))
    run("prepare_data", "--source=mine.npz", "--name=mine", "--output=tfds", cwd=home)
    arguments = ["--gin_file=small.gin", "--gin_param=load_images.dataset = 'mine'", "--max_steps=1"]
    out, _ = run("train", *arguments, "--data_dir=tfds", "--run_dir=mine", cwd=home)
    assert "60 images: mine train" in out


def test_dry_run_prints_the_parameters_and_writes_nothing(home):
    out, err = run("train", "--gin_file=gin/svhn.gin", "--dry_run", "--run_dir=dry", cwd=home)
    names = [line.split()[0] for line in out.splitlines()]
    assert names == ["generator", "prior", "f_1", "f_2", "total", "backbone", "EBM"]
    assert not err
    assert not (home / "dry").exists()


TWO_CPUS = """
import tensorflow as tf
from jebm_tf.cli import session, train

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
session.make_strategy = lambda name: tf.distribute.MirroredStrategy(
    ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)
train.entry()
"""


def test_two_replicas_log_what_one_does(home):
    """Two logical CPUs stand for two GPUs."""
    arguments = ["--gin_file=small.gin", "--run_dir=two", "--max_steps=6"]
    environment = {**os.environ, "PYTHONPATH": str(BIN.parent)}
    line = [sys.executable, "-c", TWO_CPUS, *arguments]
    done = subprocess.run(line, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    logged_alike(home / "two", home / "runs" / "small")


ONE_CPU = """
from jebm_tf.cli import train

train.entry()
"""
HOOK = "import atexit\natexit.register(print, 'hook', flush=True)\n"


@pytest.mark.parametrize("command", [ONE_CPU, TWO_CPUS], ids=["one replica", "two replicas"])
def test_training_ends_as_python_does_and_waits_for_nothing(home, command, tmp_path):
    """Hooks of Python's exit run, and from there the process takes what TensorFlow's own end takes, 1 to 2 seconds."""
    line = [sys.executable, "-c", HOOK + command, "--gin_file=small.gin", f"--run_dir={tmp_path}", "--max_steps=2"]
    environment = {**os.environ, "PYTHONPATH": str(BIN.parent)}
    with subprocess.Popen(line, cwd=home, env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert "hook\n" in iter(process.stdout.readline, "")
        began = time.monotonic()
        assert process.wait(timeout=60) == 0
    assert time.monotonic() - began < 30.0  # with other work on the machine


def two_workers(home, name, steps):
    """Two processes that talk over the loopback interface stand for two machines."""
    cluster = {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}
    asked = ["--gin_file=small.gin", f"--run_dir={name}", f"--max_steps={steps}", "--strategy=multi_worker"]
    return [
        subprocess.Popen(
            [sys.executable, BIN / "train", *asked],
            cwd=home,
            env={**os.environ, "TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i}})},
        )
        for i in range(2)
    ]


@pytest.mark.slow
def test_two_workers_log_what_one_process_does(home):
    assert [worker.wait(timeout=240) for worker in two_workers(home, "workers", 6)] == [0, 0]
    logged_alike(home / "workers", home / "runs" / "small")


@pytest.mark.slow
def test_one_worker_that_is_asked_to_end_ends_all(home):
    """After the same step, with the signal's status, and everything saved."""
    workers = two_workers(home, "ended", 100_000)
    metrics = home / "ended" / "metrics.jsonl"
    deadline = time.monotonic() + 240
    while not (metrics.exists() and len(metrics.read_text().splitlines()) > 2):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workers[1].send_signal(signal.SIGTERM)
    assert [worker.wait(timeout=60) for worker in workers] == [143, 143]
    stopped_at = last_checkpoint(home / "ended").step
    assert stopped_at >= rows(home / "ended")[-1]["step"]
    end = stopped_at + 2
    assert [worker.wait(timeout=240) for worker in two_workers(home, "ended", end)] == [0, 0]
    assert last_checkpoint(home / "ended").step == end


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FAULTS = {
    "no gin file": ("train", [], "--gin_file is required, for example"),
    "unknown flag": ("train", ["--gin_fil=x"], "Unknown command line flag 'gin_fil'"),
    "stray word": ("train", ["small.gin"], "unexpected argument 'small.gin'"),
    "bad number": ("train", ["--gin_file=small.gin", "--max_steps=0"], "max_steps"),
    "bad strategy": ("train", ["--gin_file=small.gin", "--strategy=gpu"], "strategy"),
    "no such file": ("train", ["--gin_file=smal.gin"], "no file 'smal.gin'"),
    "unknown setting": ("train", ["--gin_file=small.gin", "--gin_param=Run.sed=1"], "did you mean 'seed'?"),
    "no data": ("train", ["--gin_file=gin/mnist.gin", "--data_dir=nowhere"], "nowhere: no such file or folder"),
    "wrong size": (
        "train",
        ["--gin_file=gin/mnist.gin", "--gin_param=load_images.dataset='digits'"],
        "images are 8x8x1 but the generator makes 28x28x1",
    ),
    "other settings": (
        "train",
        ["--gin_file=small.gin", "--run_dir=runs/small", "--gin_param=GaussianLikelihood.sigma=0.5"],
        "holds a run with GaussianLikelihood.sigma = 0.2, not 0.5",
    ),
    "no run": ("sample", ["--run_dir=nowhere", "--output=x.png"], "nowhere: not a run directory"),
    "no output": ("sample", ["--run_dir=runs/small"], "--output is required"),
    "bad output": ("sample", ["--run_dir=runs/small", "--output=x.gif"], "must end in .png (a grid) or .npz"),
    "bad seed": ("sample", ["--run_dir=runs/small", "--output=x.png", "--seed=9999999999"], "32-bit integer"),
    "export over something": ("export", ["--run_dir=runs/small", "--output=."], "already exists"),
    "two channels": ("prepare_data", ["--source=mine.npz", "--channels=2", "--name=a", "--output=t"], "channels"),
    "no task": ("evaluate", ["--run_dir=runs/small"], "--task is required"),
    "unknown task": (
        "evaluate",
        ["--run_dir=runs/small", "--task=fdi"],
        "--task=fdi: unknown; known are parameters, sampling_time, fid",
    ),
    "no held-out class": ("evaluate", ["--run_dir=runs/small", "--task=anomaly"], "anomaly: no class was held out"),
    "no second set": ("evaluate", ["--run_dir=runs/small", "--task=ood"], "no data set; for ood name a second one"),
    "nothing to score into": ("score", ["--run_dir=runs/small"], "--output or --fit_threshold is required"),
    "scores in a picture": ("score", ["--run_dir=runs/small", "--output=a.png"], "--output=a.png: must end in .csv"),
    "no images": ("score", ["--run_dir=runs/small", "--output=a.csv", "--images=no"], "no: no such file or folder"),
    "output in a file": (
        "evaluate",
        ["--run_dir=runs/small", "--task=parameters", "--output=small.gin/x"],
        "small.gin/x: cannot be written to",
    ),
    "unknown task setting": (
        "evaluate",
        ["--run_dir=runs/small", "--task=fid", "--gin_param=fid.num_sample=9"],
        "fid has no parameter 'num_sample'; did you mean 'num_samples'?",
    ),
    "no weights": (
        "evaluate",
        ["--run_dir=runs/small", "--task=fid", "--gin_param=inception.weights='no.npz'"],
        "no.npz: cannot be read as Inception weights",
    ),
    "nothing to convert": (
        "convert_nvae",
        ["--checkpoint=no.pt", "--gin_file=small.gin", "--run_dir=runs/converted"],
        "no.pt: no such file; give a PyTorch checkpoint",
    ),
    "nothing to prepare": ("prepare_data", ["--source=no", "--name=a", "--output=t"], "no: no such file or folder"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_bad_input_gets_one_line_and_status_2(home, name):
    command, arguments, message = FAULTS[name]
    before = sorted(home.rglob("*"))
    _, err = run(command, *arguments, cwd=home, status=2)
    assert err.startswith(f"{command}: error: ")
    assert err.count("\n") == 1
    assert message in err
    assert sorted(home.rglob("*")) == before or name == "wrong size"


def test_without_the_dependencies_the_way_to_them_is_named(tmp_path):
    """A checkout in which `make` has not run yet; -S hides the packages that are installed here."""
    shutil.copytree(BIN, tmp_path / "bin")
    (tmp_path / "jebm_tf").symlink_to(BIN.parent / "jebm_tf")
    line = [sys.executable, "-S", tmp_path / "bin" / "train", "--gin_file=small.gin"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "run `make demo` or `make test` first" in done.stderr


def test_debug_shows_the_traceback(home):
    _, err = run("train", "--gin_file=smal.gin", "--debug", cwd=home, status=1)
    assert "Traceback" in err
    assert "UserError" in err


@pytest.mark.parametrize("command", ["train", "sample", "export", "evaluate", "score", "prepare_data"])
def test_help_lists_the_flags(home, command):
    out, _ = run(command, "--help", cwd=home)
    assert out.startswith(f"bin/{command}: ")
    assert "--output" in out or "--gin_file" in out
