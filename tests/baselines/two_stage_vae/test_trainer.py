"""Proves two-stage learning: stages leave each other's parts alone, resume where they are, and find a known z_1."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.stages import Stages
from jebm_tf.baselines.two_stage_vae.trainer import TwoStageVAETrainer
from jebm_tf.callbacks.checkpoints import Checkpoints
from jebm_tf.callbacks.saved_weights import load_model, whole_checkpoints
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.run import Run
from tests.monte_carlo import assert_gaussian
from tests.small_models import conv_model, inferring_model
from tests.training import train_on_digits


def model():
    return inferring_model(energies=False, hidden=(8,))


def make_trainer(first_stage_steps, of=None, **rates):
    of, length = of or model(), TrainingLength(100, 2 * first_stage_steps)
    return TwoStageVAETrainer(of, grouped_adam(of, length, **rates), length=length)


def fit(trainer, steps, *callbacks):
    return weights(train_on_digits(trainer, steps, callbacks=[Stages(), *callbacks]))


def weights(trainer):
    of = trainer.model
    lower, upper = (
        [of.backbone.generator, of.backbone.inference.first],
        [of.backbone.prior, *of.backbone.inference.conditional_networks],
    )
    return [[w for part in parts for w in part.get_weights()] for parts in (lower, upper)]


def test_each_stage_leaves_the_other_s_parts_as_they_are_bit_for_bit():
    trainer = make_trainer(3)
    start, middle, end = weights(trainer), fit(trainer, 3), fit(trainer, 4)
    equal = [[all(map(np.array_equal, a[i], b[i])) for i in (0, 1)] for a, b in ((start, middle), (middle, end))]
    assert equal == [[False, True], [True, False]]


def test_one_fit_passes_through_both_stages_and_reports_each():
    trainer, seen = make_trainer(3), []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((self.model.stage, "second_elbo" in self.model.scalars.means()))
            self.model.scalars.reset_state()

    fit(trainer, 5, Watch())
    assert seen == [(0, False), (0, False), (0, False), (1, True), (1, True)]


@pytest.mark.parametrize("stop", [2, 3, 4])
def test_going_on_in_either_stage_equals_not_having_stopped(tmp_path, stop):
    whole = fit(make_trainer(3), 6)
    first = make_trainer(3)
    fit(first, stop)
    Checkpoints(first, tmp_path, tmp_path, Run()).save()
    second = make_trainer(3)
    assert Checkpoints(second, tmp_path, tmp_path, Run()).restore() == stop
    for a, b in zip(sum(fit(second, 6 - stop), []), sum(whole, []), strict=True):
        np.testing.assert_array_equal(a, b)
    loaded = make_trainer(3)
    load_model(loaded, whole_checkpoints(tmp_path)[-1])
    assert loaded.stage == int(stop > 3)  # at 3 the second stage has not learned anything yet


def test_samples_of_the_first_stage_are_those_of_a_standard_normal_z_1():
    trainer = make_trainer(3)
    z, _ = trainer.prior_sampler.sample_with_trace(trainer.model, 20000, seeds.root_seed(1))
    assert_gaussian(z[0], np.zeros(4), np.eye(4))
    trainer.set_stage(3)
    z, _ = trainer.prior_sampler.sample_with_trace(trainer.model, 20000, seeds.root_seed(1))
    assert abs(np.std(z[0]) - 1.0) > 0.05


def test_the_second_stage_learns_where_z_1_lies():
    """q(z_1 | x) is set to N((2, −1, 0, 3), 0.3²) for every x: samples from z_2 down must have that law, nearly."""
    of = model()
    last = of.backbone.inference.first.layers[-1]
    last.kernel.assign(tf.zeros_like(last.kernel))
    mean = np.array([2.0, -1.0, 0.0, 3.0])
    last.bias.assign(np.concatenate([mean, np.full(4, np.log(0.3))]))
    fast = {"prior": LearningRate(1e-2, decay=0.7), "inference": LearningRate(1e-2, decay=0.7)}
    trainer = make_trainer(1, of, **fast)
    trainer.set_stage(1)
    data = tf.data.Dataset.from_tensors(tf.zeros([200, 8, 8, 1])).repeat()
    trainer.fit(data, steps_per_epoch=1200, shuffle=False, verbose=0)
    z, _ = trainer.prior_sampler.sample_with_trace(of, 20000, seeds.root_seed(1))
    np.testing.assert_allclose(np.mean(z[0], axis=0), mean, atol=0.05)
    np.testing.assert_allclose(np.std(z[0], axis=0), 0.3, atol=0.05)


def test_what_it_cannot_do_with_is_named():
    base = conv_model()
    with pytest.raises(ValueError, match=r"TwoStageVAETrainer needs two layers"):
        make_trainer(1, base)
