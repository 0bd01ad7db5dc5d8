"""A session with parts of a user's own: trainer, images, callbacks and tasks, all named in settings."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import jebm_tf as jebm
from jebm_tf.cli import evaluation, gin_files, session
from jebm_tf.cli.loading import load_run
from jebm_tf.errors import UserError

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


def answer(context):
    """The answer to everything. Not more."""
    return jebm.Result({"samples": len(context.samples(3))}, {})


@pytest.fixture(autouse=True)
def own(own_names, clean_gin):
    for part in (HalfTrainer, stripes, Notes, answer):
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


def test_callbacks_come_before_the_checkpoint(tmp_path, monkeypatch):
    found = []

    def on_train_batch_end(self, batch, logs=None):
        found.append(tf.train.latest_checkpoint(str(tmp_path / "checkpoints")))

    monkeypatch.setattr(Notes, "on_train_batch_end", on_train_batch_end)
    train(tmp_path, "Run.checkpoint_every = 1", "Run.evaluations = []")
    assert [path and path.rsplit("-")[-1] for path in found] == [None, "1"]


def test_what_is_no_callback_gets_one_line(tmp_path):
    with pytest.raises(UserError) as caught:
        train(tmp_path, "Run.callbacks = [@Notes]")
    assert str(caught.value).startswith("Run.callbacks[0] = <class")
    assert "\n" not in str(caught.value)
