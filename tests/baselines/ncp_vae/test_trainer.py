"""Proves noise-contrastive priors: stages leave each other's parts alone, and a known density ratio is found."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.baselines.ncp_vae.trainer import ContrastiveTrainer
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.variational import VariationalTrainer
from tests.small_models import DenseGenerator, conv_model, inferring_model
from tests.training import train_on_digits

SAMPLER = ImportanceResampler(200)


def make_trainer(first_stage_steps, of=None):
    of, length = of or inferring_model(), TrainingLength(100, 2 * first_stage_steps)
    return ContrastiveTrainer(of, grouped_adam(of, length), prior_sampler=SAMPLER, length=length)


def fit(trainer, steps):
    train_on_digits(trainer, steps, callbacks=trainer.own_callbacks(None, None, 0))
    return {name: part.get_weights() for name, part in trainer.model.parts.items()}


def same(a, b):
    return all(map(np.array_equal, a, b))


def test_each_stage_leaves_the_other_s_parts_as_they_are_bit_for_bit():
    trainer = make_trainer(3)
    start = {name: part.get_weights() for name, part in trainer.model.parts.items()}
    middle = fit(trainer, 3)
    end = fit(trainer, 4)
    for name in trainer.model.parts:
        is_head = name.startswith("f_")
        assert same(start[name], middle[name]) == is_head
        assert same(middle[name], end[name]) != is_head


def test_the_first_stage_is_the_auto_encoder_s_learning():
    found = fit(make_trainer(5), 3)
    plain = inferring_model(energies=False)
    reference = VariationalTrainer(plain, grouped_adam(plain, TrainingLength(100)), PriorChain())
    expected = fit(reference, 3)
    for name, weights in expected.items():
        for a, b in zip(found[name], weights, strict=True):
            # Adam turns rounding of the smallest gradients into steps of up to the rate, 1e-4, each.
            np.testing.assert_allclose(a, b, atol=1e-4)


def test_the_second_stage_finds_a_known_density_ratio():
    """q(z) = N(1, 0.5²) for every x against N(0, 1): f must be log q − log p up to the constant that is fitted too."""
    keras.utils.set_random_seed(0)
    inference = BottomUpInference([(1, 1, 1, "same")], max_scale=None, min_scale=0.0)
    heads = [EnergyHead((32, 32), activation="tanh")]
    of = shallow_model(
        DenseGenerator(1, 1), GaussianPrior((1,)), heads, likelihood=GaussianLikelihood(1.0), inference=inference
    )
    kernel, bias = inference.first.layers[-1].kernel, inference.first.layers[-1].bias
    kernel.assign(tf.zeros_like(kernel))
    bias.assign([1.0, np.log(0.5)])
    rates = {"energy": LearningRate(5e-3, decay=0.9)}
    trainer = ContrastiveTrainer(of, grouped_adam(of, TrainingLength(100), **rates), prior_sampler=SAMPLER)
    trainer.set_stage(1)
    data = tf.data.Dataset.from_tensors(tf.zeros([1000, 1, 1, 1])).repeat()
    trainer.fit(data, steps_per_epoch=1500, shuffle=False, verbose=0)
    z = np.linspace(-0.5, 2.5, 31)  # three standard deviations of q, within two and a half of p
    ratio = -2.0 * (z - 1.0) ** 2 - np.log(0.5) + 0.5 * z**2
    f = of.f((tf.constant(z[:, None], tf.float32),)).numpy()
    density = np.exp(-2.0 * (z - 1.0) ** 2)
    assert np.sum(density * np.abs(f - ratio)) / density.sum() < 0.1
    assert np.std(ratio) > 1.0


def test_samples_are_the_auto_encoder_s_until_there_is_a_classifier():
    trainer = make_trainer(3)
    assert isinstance(trainer.prior_sampler, PriorChain)
    assert trainer.prior_sampler.num_steps == 0
    trainer.set_stage(3)
    assert trainer.prior_sampler is SAMPLER


def test_what_it_cannot_do_without_is_named():
    bare = conv_model()
    with pytest.raises(ValueError, match=r"ContrastiveTrainer needs ShallowBackbone.inference"):
        make_trainer(1, bare)
    with pytest.raises(ValueError, match=r"ContrastiveTrainer needs JointModel.energies"):
        make_trainer(1, inferring_model(energies=False))
