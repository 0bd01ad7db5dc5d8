"""A session with parts of a user's own: trainer, images, callbacks and tasks, all named in settings."""

import errno
import json
import os
import shutil

import keras
import numpy as np
import pytest

import jebm_tf as jebm
from jebm_tf.cli import evaluation, gin_files, session
from jebm_tf.cli.loading import load_run
from jebm_tf.errors import UserError
from jebm_tf.storage import durable
from jebm_tf.storage.checkpoint_store import CheckpointStore
from jebm_tf.storage.lock import DirectoryLock

SMALL = ["Generator.stages = [(4, 4, 1, 'valid'), (1, 4, 2, 'same')]", "EnergyHead.hidden = (4,)"]
SMALL += ["PosteriorChain.num_steps = 1", "PriorChain.num_steps = 1", "GaussianPrior.hidden = (4,)"]
SMALL += ["Run.batch_size = 5", "Run.max_steps = 2", "Run.log_every = 1", "Run.snapshot_every = 2"]
OWN = ["Run.trainer = @HalfTrainer", "HalfTrainer.factor = 0.25", "HalfTrainer.posterior_chain = @PosteriorChain()"]
OWN += ["HalfTrainer.prior_chain = @PriorChain()", "load_images.dataset = @stripes", "stripes.number = 12"]
OWN += ["Run.callbacks = [@Notes()]", "Notes.path = 'a'", "Run.evaluations = [@answer]", "Run.evaluate_every = 2"]


class HalfTrainer(jebm.MLETrainer):
    """Climbs a part of the objective."""

    def __init__(self, model, optimizer, posterior_chain, prior_chain, *, factor: float = 0.5, seed: int = 0):
        super().__init__(model, optimizer, posterior_chain, prior_chain, seed=seed)
        self.factor = factor

    def learning_objective(self, terms):
        """The usual one, times `factor`."""
        return self.factor * super().learning_objective(terms)


def stripes(split, number=10):
    pixels = np.zeros((number, 8, 8, 1), np.uint8)
    pixels[:, ::2] = 255
    return jebm.ImageSet(pixels, None, f"stripes {split}")


class Notes(keras.callbacks.Callback):
    """Writes down which checkpoints there are after each step."""

    built = 0

    def __init__(self, path="unset"):
        super().__init__()
        self.path = path
        type(self).built += 1
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((self.model.step, self.model.factor))
        Notes.last = self


def kept_rows(directory, settings, marker=None):
    """Where the last run wrote, what it was, and its rows."""
    kept_rows.seen = directory, settings, marker, []
    return kept_rows.seen[-1].append


def answer(context):
    """The answer to everything. Not more."""
    return jebm.Result({"samples": len(context.samples(3))}, {})


@pytest.fixture(autouse=True)
def own(own_names, clean_gin):
    for part in (HalfTrainer, stripes, Notes, kept_rows, answer):
        jebm.register(part)


def train(run_dir, *bindings):
    gin_files.load(["digits.gin"], [*SMALL, *OWN, *bindings])
    assert session.train(run_dir, "one_device", accept_changes=False) is None


def test_everything_of_one_s_own_by_name(tmp_path, capsys):
    run_dir = tmp_path / "run"
    train(run_dir)
    assert "12 images: stripes train" in capsys.readouterr().out
    assert Notes.last.seen == [(1, 0.25), (2, 0.25)]
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["eval/answer/samples"] == 3.0
    config = (run_dir / "config.gin").read_text()
    assert config.startswith(f"# Needs --module={__name__}\n")
    assert gin_files.settings(config)["Run.callbacks"] == "[@Notes()]"
    built = Notes.built
    loaded = load_run(run_dir, cache=tmp_path)
    assert loaded.step == 2
    evaluation.evaluate(loaded, ["answer"], tmp_path / "answers", may_skip=False)
    assert "<h2>The answer to everything</h2>" in (tmp_path / "answers" / "report.html").read_text()
    assert Notes.built == built  # only training constructs callbacks
    train(run_dir, "Run.max_steps = 3", "Notes.path = 'b'")
    assert (Notes.last.path, Notes.last.seen) == ("b", [(3, 0.25)])
    with pytest.raises(UserError, match=r"holds a run with HalfTrainer.factor = 0.25, not 0.5"):
        train(run_dir, "HalfTrainer.factor = 0.5")


def test_rows_go_where_one_likes_and_that_may_change(tmp_path):
    train(tmp_path, "Run.sinks = [@kept_rows]", "kept_rows.marker = 'a'")
    directory, settings, marker, seen = kept_rows.seen
    assert (directory, settings["Run.max_steps"], marker) == (tmp_path, "2", "a")
    assert seen == [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert seen[-1]["eval/answer/samples"] == 3.0
    train(tmp_path, "Run.max_steps = 3", "Run.sinks = [@kept_rows]", "kept_rows.marker = 'b'")
    assert [row["step"] for row in kept_rows.seen[-1]] == [3, 3]
    train(tmp_path, "Run.max_steps = 4")


def test_callbacks_come_before_the_checkpoint(tmp_path, monkeypatch):
    found = []

    def on_train_batch_end(self, batch, logs=None):
        found.append([checkpoint.step for checkpoint in CheckpointStore(tmp_path / "checkpoints").all()])

    monkeypatch.setattr(Notes, "on_train_batch_end", on_train_batch_end)
    train(tmp_path, "Run.checkpoint_every = 1", "Run.evaluations = []")
    assert found == [[0], [1]]


def test_what_is_no_callback_gets_one_line(tmp_path):
    with pytest.raises(UserError) as caught:
        train(tmp_path, "Run.callbacks = [@Notes]")
    assert str(caught.value).startswith("Run.callbacks[0] = <class")
    assert "\n" not in str(caught.value)


def saved(run_dir):
    return [checkpoint.step for checkpoint in CheckpointStore(run_dir / "checkpoints").all()]


def rows(run_dir):
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]


def spoil(run_dir, step):
    """Changes a bit of a checkpoint's weights."""
    (file,) = (run_dir / "checkpoints" / f"step_{step:08d}").glob("weights.data*")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 4
    file.write_bytes(whole)


EVERY_STEP = ["Run.checkpoint_every = 1", "Run.evaluations = []", "Run.max_steps = 3", "Run.snapshot_every = 3"]


def learned(rows):
    """Of rows of scalars, what does not depend on how fast they came."""
    return [{name: value for name, value in row.items() if not name.endswith("_per_second")} for row in rows]


def test_after_a_damaged_checkpoint_a_run_is_the_run_it_would_have_been(tmp_path, capsys):
    train(tmp_path / "whole", *EVERY_STEP)
    train(tmp_path / "hurt", *EVERY_STEP)
    spoil(tmp_path / "hurt", 3)
    train(tmp_path / "hurt", *EVERY_STEP)
    said = capsys.readouterr()
    assert "step_00000003: damaged and passed over (weights.data" in said.err
    assert "steps 2 to 3, 2 steps an epoch" in said.out
    assert learned(rows(tmp_path / "hurt")) == learned(rows(tmp_path / "whole"))
    assert saved(tmp_path / "hurt") == [1, 2, 3]


@pytest.mark.parametrize("lost", ["spoilt", "gone", "moved"])
def test_a_run_without_a_whole_checkpoint_never_begins_again(tmp_path, lost):
    train(tmp_path, *EVERY_STEP)
    before = rows(tmp_path)
    for step in (1, 2, 3):
        spoil(tmp_path, step)
    if lost == "gone":
        shutil.rmtree(tmp_path / "checkpoints")
    if lost == "moved":
        for folder in (tmp_path / "checkpoints").iterdir():
            folder.rename(tmp_path / folder.name)
    for _ in range(2):
        with pytest.raises(UserError, match=r"none is whole|\(metrics.jsonl is not empty\) and no checkpoint"):
            train(tmp_path, *EVERY_STEP)
        assert rows(tmp_path) == before


class Crashes(Notes):
    """Ends the process, as far as a test can, after a step: once."""

    at = 0

    def on_train_batch_end(self, batch, logs=None):
        if self.model.step == Crashes.at:
            Crashes.at = 0
            raise RuntimeError("crash")


def crash(run_dir, at, *bindings):
    """Trains, crashes after this step, and trains on."""
    jebm.register(Crashes)
    Crashes.at = at
    with pytest.raises(RuntimeError, match="crash"):
        train(run_dir, *bindings)
    kept = saved(run_dir)
    train(run_dir, *bindings)
    return kept


def test_a_crash_before_the_first_checkpoint(tmp_path):
    """What was begun was saved as it began."""
    asked = [*EVERY_STEP, "Run.checkpoint_every = 100", "Run.callbacks = [@Crashes()]"]
    assert crash(tmp_path / "hurt", 2, *asked) == [0]
    train(tmp_path / "whole", *asked)
    assert learned(rows(tmp_path / "hurt")) == learned(rows(tmp_path / "whole"))
    assert saved(tmp_path / "hurt") == [3]


def test_two_starts_on_one_directory(tmp_path):
    tmp_path.mkdir(exist_ok=True)
    with (
        DirectoryLock(tmp_path),
        pytest.raises(UserError, match=rf"{tmp_path}: process {os.getpid()} on .* is training here"),
    ):
        train(tmp_path)
    assert not (tmp_path / "config.gin").exists()


class StraysTwice(Notes):
    """Makes a weight infinite after step 5, the first times that it comes there."""

    times = 2

    def on_train_batch_end(self, batch, logs=None):
        if self.model.step == 5 and StraysTwice.times:
            StraysTwice.times -= 1
            kernel = self.model.model.energies[0].trainable_variables[0]
            kernel.assign(np.full(kernel.shape, np.inf))


STRAYS = ["Run.callbacks = [@StraysTwice()]", "Run.max_steps = 8", "Run.checkpoint_every = 2", "Run.evaluations = []"]


def test_a_run_that_diverges_goes_back_and_on_with_other_noise(tmp_path, capsys):
    jebm.register(StraysTwice)
    StraysTwice.times = 2
    train(tmp_path, *STRAYS)
    assert StraysTwice.times == 0
    said = capsys.readouterr()
    assert "gone back to step 4, on with other noise (1 of 3 times)" in said.out
    assert "gone back to step 2, on with other noise (2 of 3 times)" in said.out  # the first time did not help
    back = [row for row in rows(tmp_path) if "rollback/number" in row]
    assert back == [{"step": 2, "rollback/number": 2, "rollback/at_step": back[0]["rollback/at_step"]}]
    steps = [row["step"] for row in rows(tmp_path) if "rollback/number" not in row]
    assert steps == list(range(1, 9))
    assert all(np.isfinite(value) for row in rows(tmp_path) for value in row.values())
    assert len((tmp_path / "rollbacks.jsonl").read_text().splitlines()) == 2
    assert (tmp_path / "checkpoints" / "step_00000004.diverged").is_dir()


def test_a_crash_after_a_rollback_changes_nothing(tmp_path):
    jebm.register(StraysTwice)
    asked = [*STRAYS, "Run.callbacks = [@StraysTwice(), @Crashes()]"]
    StraysTwice.times = 1
    assert crash(tmp_path / "hurt", 7, *asked) == [2, 4, 6]
    StraysTwice.times = 1
    train(tmp_path / "whole", *asked)
    StraysTwice.times = 0
    train(tmp_path / "healthy", *asked)
    hurt, whole, healthy = (learned(rows(tmp_path / name)) for name in ("hurt", "whole", "healthy"))
    assert hurt == whole
    assert whole[:4] == healthy[:4]
    assert whole[5] != healthy[4]  # step 5, after the row of the rollback


def test_a_run_that_diverges_each_time_is_stopped_and_keeps_what_was_good(tmp_path):
    jebm.register(StraysTwice)
    StraysTwice.times = 100
    with pytest.raises(UserError, match=r"diverged.*; 1 times it has gone back \(Run.max_rollbacks\)$"):
        train(tmp_path, *STRAYS, "Run.max_rollbacks = 1")
    loaded = load_run(tmp_path, cache=tmp_path)
    assert all(np.isfinite(weight).all() for weight in loaded.model.get_weights())


def test_a_full_disk_is_one_line_and_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "append_line", full)
    with pytest.raises(UserError) as caught:
        train(tmp_path)
    wanted = "cannot be written (No space left on device); make room, then run the same command again"
    assert str(caught.value) == f"{tmp_path}: {wanted}"
    monkeypatch.undo()
    train(tmp_path)
    assert saved(tmp_path) == [2]
