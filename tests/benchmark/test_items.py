"""Proves that each item runs what it says, on as many images, with its own count of operations."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.benchmark import chain_flops, items, step_flops
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.chains.prior import PriorChain
from jebm_tf.evaluation.features.network import FeatureNetwork
from tests.benchmark.trainers import mle_trainer, variational_trainer

BATCH = 3


@pytest.mark.parametrize("trainer", [mle_trainer, variational_trainer])
@pytest.mark.parametrize("name", [name for name in items.NAMES if name != "inception"])
def test_every_item_can_be_timed(trainer, name):
    item = items.make(name, trainer(), BATCH)
    assert item.name == name
    assert item.images == (4 if name in ("samples", "scores") else BATCH)
    assert item.flops.total > 0
    times = item.measure(3)
    assert len(times.seconds) == 3
    assert min(times.seconds) > 0.0


def test_operations():
    trainer = mle_trainer()
    model = trainer.model
    prior = chain_flops.of_prior_sampler(trainer.prior_sampler, model, BATCH)
    assert items.make("prior chain", trainer, BATCH).flops == prior
    assert items.make("step", trainer, BATCH).flops == step_flops.of_step(trainer, BATCH)
    of_four = chain_flops.of_prior_sampler(trainer.prior_sampler, model, 4)
    assert items.make("samples", trainer, BATCH).flops == of_four.plus(chain_flops.of_decoding(model, 4))
    posterior = chain_flops.of_posterior_sampler(trainer.posterior_sampler, model, 4)
    f, prior_networks = 4 * 2 * (4 * 5 + 5 + 3 * 5 + 5), 4 * 2 * (3 * 5 + 5 * 8)
    terms = Flops(f + prior_networks).plus(chain_flops.of_decoding(model, 4))
    assert items.make("scores", trainer, BATCH).flops == posterior.plus(terms)


def test_the_timed_chain_is_the_trainer_s(monkeypatch):
    seen = []
    original = PriorChain.sample
    monkeypatch.setattr(PriorChain, "sample", lambda *a: seen.append(a[0]) or original(*a))
    trainer = mle_trainer()
    trainer.prior_sampler = dataclasses.replace(trainer.prior_sampler, num_steps=1)
    items.make("prior chain", trainer, BATCH).measure(3)
    assert seen == [trainer.prior_sampler]  # once: it is compiled


def test_features():
    layer = keras.layers.Dense(2)
    network = FeatureNetwork("tiny", "0", "none", False, lambda x: (layer(tf.cast(x[:, 0, :, 0], tf.float32)), None))
    item = items.make("inception", mle_trainer(), BATCH, network)
    assert (item.what, item.images, item.flops) == ("tiny", BATCH, Flops(2 * BATCH * 8 * 2))
    assert len(item.measure(3).seconds) == 3


def test_images_are_random_and_the_same_each_time():
    model = mle_trainer().model
    images = items.random_images(model, 5)
    assert images.shape == (5, 8, 8, 1)
    assert images.dtype == np.uint8
    assert images.std() > 50
    np.testing.assert_array_equal(images, items.random_images(model, 5))
