"""The second stage: f alone learns, by the same gradients as in joint learning, and finds the aggregate posterior."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.energy import ConvEnergyHead, EnergyHead
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.joint import JointModel
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.objectives.ebm import ebm_terms
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.variational import VariationalTrainer
from tests.models.backbones.nvae.test_backbone import nvae
from tests.small_models import DenseGenerator, conv_model, random_latents, randomize, set_dense
from tests.training import train_on_digits

CHAIN = PriorChain(num_steps=3)


def inferring(heads=True):
    """A random shallow model of digits with an inference network."""
    base = conv_model((4, 3))
    network = BottomUpInference([(5, 4, 2, "same")], hidden=(6,))
    backbone = ShallowBackbone(base.backbone.generator, base.backbone.prior, inference=network)
    randomize(network, 7, 0.3)
    return backbone, base.energies if heads else []


def test_a_frozen_nvae_stays_as_it_is_bit_by_bit_and_every_head_moves():
    model = JointModel(nvae(channels=2, groups=(1, 1)), ConvEnergyHead, freeze_backbone=True)
    trainer = EBMTrainer(model, grouped_adam(model, TrainingLength(10)), CHAIN)
    backbone = [v.numpy() for v in model.backbone.variables]
    heads = [[v.numpy() for v in head.variables] for head in model.energies]
    scalars = train_on_digits(trainer, 5, batch_size=30).scalars.result()
    assert all(np.isfinite(value) for value in scalars.values())
    for before, after in zip(backbone, model.backbone.variables, strict=True):
        np.testing.assert_array_equal(before, after.numpy())
    for before, head in zip(heads, model.energies, strict=True):
        assert any(np.any(old != new.numpy()) for old, new in zip(before, head.variables, strict=True))


def test_gradients_are_those_of_the_joint_objective():
    backbone, heads = inferring()
    model = JointModel(backbone, heads)
    z_posterior, z_prior = random_latents((4, 3), 6, seed=1), random_latents((4, 3), 6, seed=2)
    variables = [v for head in heads for v in head.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        ours = tf.reduce_mean(ebm_terms(model, z_posterior, z_prior).surrogate)
        joint = tf.reduce_mean(mle_terms(model, tf.zeros([6, 8, 8, 1]), z_posterior, z_prior).surrogate)
    found, expected = tape.gradient(ours, variables), tape.gradient(joint, variables)
    assert any(np.any(gradient) for gradient in expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_step_moves_the_heads_as_the_variational_trainer_s_does():
    weights = []
    for stage in ("second", "joint"):
        backbone, heads = inferring()
        model = JointModel(backbone, heads, freeze_backbone=stage == "second")
        optimizer = grouped_adam(model, TrainingLength(10), energy=LearningRate(1e-3))
        make = EBMTrainer if stage == "second" else VariationalTrainer
        train_on_digits(make(model, optimizer, CHAIN, seed=5), 1, batch_size=30)
        weights.append([v.numpy() for head in model.energies for v in head.variables])
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_prior_becomes_the_aggregate_posterior():
    """x = ±1 has q(z | x) = N(±1 + 0.2, 0.5²); the tilted N(0, 1) must come to be their mean, which is not even."""
    network = BottomUpInference([], hidden=(), min_scale=0.5, max_scale=None)
    backbone = ShallowBackbone(DenseGenerator(1, 1), GaussianPrior((1,)), GaussianLikelihood(1.0), network)
    set_dense(network.first, [[1.0, 0.0]], [0.2, -20.0])
    model = JointModel(backbone, [EnergyHead((32, 32), activation="tanh")], freeze_backbone=True)
    optimizer = grouped_adam(model, TrainingLength(100), energy=LearningRate(1e-2, decay=0.85))
    trainer = EBMTrainer(model, optimizer, PriorChain(num_steps=60, step_size=0.6, adjusted=True), seed=1)
    x = tf.reshape(tf.constant([-1.0] * 150 + [1.0] * 50), [200, 1, 1, 1])
    step = tf.function(trainer.train_step)
    for _ in range(1500):
        step(x)
    axis = np.linspace(-5.0, 5.0, 2001)
    tilted = np.exp(np.float64(model.f((tf.constant(axis[:, None], tf.float32),))) - 0.5 * axis**2)
    normal = lambda mean: np.exp(-0.5 * ((axis - mean) / 0.5) ** 2)  # noqa: E731
    aggregate = 0.75 * normal(-0.8) + 0.25 * normal(1.2)
    tilted, aggregate = tilted / tilted.sum(), aggregate / aggregate.sum()
    assert 0.5 * np.abs(tilted - aggregate).sum() < 0.05
    gaussian = np.exp(-0.5 * axis**2)
    assert 0.5 * np.abs(gaussian / gaussian.sum() - aggregate).sum() > 0.2


def test_penalty_pulls_the_energies_down():
    backbone, heads = inferring()
    model = JointModel(backbone, heads, freeze_backbone=True)
    z = InferenceSampler().sample(model, tf.zeros([5, 8, 8, 1]), seeds.root_seed(0))
    terms = ebm_terms(model, z, z)
    np.testing.assert_allclose(terms.surrogate, np.zeros(5), atol=1e-6)
    np.testing.assert_allclose(terms.energy_magnitude, 2.0 * sum(np.square(f) for f in model.f_terms(z)), rtol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [{"freeze_backbone": False}, {"energies": []}, {"freeze_backbone": True, "tilting": ConditionalTilting()}],
)
def test_what_it_cannot_learn_is_named(settings):
    backbone, heads = inferring()
    model = JointModel(backbone, **{"energies": heads, "freeze_backbone": True, **settings})
    with pytest.raises(ValueError, match=r"EBMTrainer( needs|: with)"):
        EBMTrainer(model, grouped_adam(model, TrainingLength(10)), CHAIN)
