"""Proves that the timed step is the trainer's own, as `fit` takes it, and that each time is one step's."""

import numpy as np

from jebm_tf.benchmark import step_times
from tests.benchmark.trainers import mle_trainer

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), np.uint8)


def test_so_many_steps_are_taken_and_weights_learn():
    trainer = mle_trainer()
    kernels = [weight for weight in trainer.model.trainable_variables if len(weight.shape) > 1]
    before = [weight.numpy() for weight in kernels]
    times = step_times.times_of_steps(trainer, IMAGES, batch=3, repeats=4, warm_up=2)
    assert len(times.seconds) == len(times.processor) == 4
    assert min(times.seconds) > 0.0
    assert trainer.step == 2 + 1 + 4
    assert all(np.any(weight.numpy() != old) for weight, old in zip(kernels, before, strict=True))


def test_images_are_of_the_likelihood_s_bits(monkeypatch):
    trainer, seen = mle_trainer(), []
    monkeypatch.setattr(type(trainer.model.backbone.likelihood), "bits", 5)
    original = step_times.distributed_batches
    monkeypatch.setattr(step_times, "distributed_batches", lambda *a: seen.append(a[0]) or original(*a))
    step_times.times_of_steps(trainer, IMAGES, batch=3, repeats=3)
    assert seen[0].bits == 5
    assert len(np.unique(seen[0].images)) <= 32
