"""The best checkpoint is the one of the best row, whole, also over stops; and it is there for whoever asks for it."""

import json
import shutil

import numpy as np
import pytest

import jebm_tf as jebm
from jebm_tf.callbacks.best import keep_best
from jebm_tf.callbacks.saved_weights import whole_checkpoints
from jebm_tf.errors import UserError
from jebm_tf.storage.checkpoint_store import CheckpointStore
from tests.commands import run, train_one_step


class Story:
    """Rows of evaluations, each after its step was saved."""

    def __init__(self, path, number="fid"):
        self.path, self.number = path, number
        self.store = CheckpointStore(path / "checkpoints")
        self.begin(0)

    def begin(self, first_step):
        self.sink = keep_best(self.number, self.path / "checkpoints", self.path / "best", first_step)

    def evaluate(self, step, value):
        def write(prefix):
            with open(f"{prefix}.index", "w") as file:
                file.write(str(step))

        self.store.save(step, write, {}, keep=2)
        self.sink({"step": step, "eval/fid/fid": value, "eval/other/x": -step})

    @property
    def best(self):
        (found,) = whole_checkpoints(self.path / "best")
        assert (found.folder / "weights.index").read_text() == str(found.step)
        assert json.loads((self.path / "best" / "best.json").read_text())["step"] == found.step
        return found.step


def test_the_least_stays_when_later_ones_are_worse_and_old_checkpoints_go(tmp_path):
    story = Story(tmp_path)
    seen = []
    for step, value in [(2, 9.0), (4, 5.0), (6, 7.0), (8, 5.0), (10, 4.0), (12, 6.0), (14, 8.0)]:
        story.evaluate(step, value)
        seen.append(story.best)
    assert seen == [2, 4, 4, 4, 10, 10, 10]
    assert [checkpoint.step for checkpoint in story.store.all()] == [12, 14]


def test_the_greatest_and_a_number_of_another_name(tmp_path):
    story = Story(tmp_path, "-fid/fid")
    for step, value in [(2, 5.0), (4, 9.0), (6, 7.0)]:
        story.evaluate(step, value)
    assert story.best == 4
    other = Story(tmp_path / "other", "other/x")
    for step in (2, 4):
        other.evaluate(step, 0.0)
    assert other.best == 4


def test_over_stops(tmp_path):
    story = Story(tmp_path)
    story.evaluate(2, 5.0)
    story.begin(2)
    story.evaluate(4, 6.0)
    assert story.best == 2
    story.evaluate(6, 4.0)
    story.begin(4)  # step 6 was lost, and is done again
    story.evaluate(6, 4.5)
    assert story.best == 6
    assert json.loads((tmp_path / "best" / "best.json").read_text())["value"] == 4.5


def test_a_kill_between_two_best_ones(tmp_path):
    story = Story(tmp_path)
    story.evaluate(2, 5.0)
    (tmp_path / "best").rename(tmp_path / "best_new")
    story.begin(2)
    story.evaluate(4, 6.0)
    assert story.best == 2


def test_commands_take_it(tmp_path):
    asked = [
        "Run.evaluations = [@reconstruction]",
        "Run.evaluate_every = 1",
        "Run.log_every = 1",
        "Run.snapshot_every = 1",
    ]
    asked += ["Run.keep_best = '-reconstruction/mse'", "reconstruction.num_images = 5"]
    settings = [f"--gin_param={setting}" for setting in asked]
    train_one_step("--run_dir=run", *settings, "--gin_param=Run.max_steps = 3", "--max_steps=3", cwd=tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    errors = {row["step"]: row["eval/reconstruction/mse"] for row in rows if "eval/reconstruction/mse" in row}
    assert len(errors) == 3
    step = max(errors, key=errors.__getitem__)
    best = jebm.load_run(tmp_path / "run", best=True)
    assert best.step == step
    run("sample", "--run_dir=run", "--best", "--num_samples=2", "--output=two.npz", cwd=tmp_path)
    found = np.load(tmp_path / "two.npz")
    assert found["step"] == step
    shutil.rmtree(tmp_path / "run" / "best")
    with pytest.raises(UserError, match="no checkpoint found"):
        jebm.load_run(tmp_path / "run", best=True)


def test_a_number_that_no_evaluation_gives_is_refused():
    with pytest.raises(ValueError, match=r"Run.keep_best = '-fid/x': is of no task in Run.evaluations; there are none"):
        jebm.Run(keep_best="-fid/x")
