"""Snapshots: files, TensorBoard entries and diagnostics, without any effect on the run."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jebm_tf.callbacks.snapshots import Snapshots, summarise
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.settings import Observation
from jebm_tf.data import digits
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from tests.small_models import conv_model
from tests.training import train_on_digits


def trainer():
    model = conv_model()
    chains = PosteriorChain(num_steps=3), PriorChain(num_steps=2)
    return MLETrainer(model, grouped_adam(model, TrainingLength(100)), *chains)


def snapshots(path, rows, every=2, last_step=3):
    return Snapshots(
        every,
        last_step,
        originals=digits.load("train").images[:6],
        directory=path,
        writer=tf.summary.create_file_writer(str(path)),
        diagnostics=rows.append,
    )


def train(of, *callbacks):
    train_on_digits(of, 3, callbacks=callbacks)
    return [v.numpy() for v in of.model.variables]


def test_a_run_is_the_same_with_and_without_snapshots(tmp_path):
    for ours, theirs in zip(train(trainer(), snapshots(tmp_path, [])), train(trainer()), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_files_and_tensorboard(tmp_path):
    rows = []
    callback = snapshots(tmp_path, rows)
    train(trainer(), callback)
    callback.writer.flush()
    names = ["step_00000002.png", "step_00000003.png"]
    for folder in ("samples", "reconstructions"):
        assert sorted(p.name for p in (tmp_path / folder).iterdir()) == names
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    events.Reload()
    tags = {f"z_{i}/{kind}" for i in (1, 2) for kind in ("prior", "posterior")}
    assert set(events.Tags()["tensors"]) == tags | {"samples", "originals_and_reconstructions"}
    assert {"prior_chain/acceptance", "prior_chain/f_2/last", "prior_chain/log_gaussian_prior/first"} <= set(rows[0])
    assert 0.0 < rows[1]["posterior_chain/acceptance"] <= 1.0


def test_originals_stand_beside_their_reconstructions(tmp_path):
    of = trainer()
    snapshots(tmp_path, []).take(of, 0)
    sheet = np.asarray(Image.open(tmp_path / "reconstructions" / "step_00000000.png"))
    first = digits.load("train").images[0, ..., 0]
    np.testing.assert_array_equal(sheet[4 : 4 + 32 : 4, 4 : 4 + 32 : 4], first)


def test_fixed_seed_pictures_repeat(tmp_path):
    of = trainer()
    callback = snapshots(tmp_path, [])
    callback.take(of, 0)
    callback.take(of, 1)
    for folder in ("samples", "reconstructions"):
        one, two = sorted((tmp_path / folder).iterdir())
        assert one.read_bytes() == two.read_bytes()


def test_summary_takes_both_ends_and_all_acceptances():
    steps = tf.constant([[1.0, 3.0], [5.0, 5.0], [6.0, 8.0]])
    row = summarise(ChainTrace(steps, steps * 2, steps / 10, Observation({"1": -steps}, steps)), "prior_chain")
    assert row["prior_chain/acceptance"] == pytest.approx(28 / 60)
    assert row["prior_chain/log_density/first"] == 2.0
    assert row["prior_chain/gradient_norm/last"] == 14.0
    assert row["prior_chain/f_1/last"] == -7.0
    nothing = tf.zeros([0, 2])
    assert summarise(ChainTrace(nothing, nothing, nothing, {}), "prior_chain") == {}


def test_a_later_stage_is_sampled_in_its_own_way(tmp_path):
    of, callback = trainer(), snapshots(tmp_path, [])
    of.prior_sampler = PriorChain(num_steps=0)
    callback.take(of, 1)
    of.prior_sampler = PriorChain(num_steps=30)
    callback.take(of, 2)
    callback.take(of, 3)
    first, second, third = ((tmp_path / "samples" / f"step_{n:08d}.png").read_bytes() for n in (1, 2, 3))
    assert first != second == third
