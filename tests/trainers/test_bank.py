"""Proves that banked chains go on from where they ended, are put back where they belong, and agree over replicas."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.data import digits
from jebm_tf.data.pipeline import distributed_batches
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.bank import PriorBank
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from tests.chains import linear_gaussian
from tests.monte_carlo import assert_gaussian
from tests.replicas import two_replicas
from tests.small_models import conditional_model, conv_model, random_latents

SEED = seeds.root_seed(3)


def chain(size=50, restart=0.0, **settings):
    return PriorChain(**{"num_steps": 2, "bank": ChainBank(size, restart), **settings})


def draw(bank, model, number, seed):
    """z− for as many z+."""
    return bank.negative_samples(model, (tf.zeros([number, 1]),), seed)


def positions(bank):
    return np.concatenate([value.numpy() for value in bank.values], axis=1)


def trainer(prior_chain, model=None):
    model = model or conv_model()
    return MLETrainer(model, grouped_adam(model, TrainingLength(100)), PosteriorChain(num_steps=1), prior_chain)


def test_a_step_moves_a_batch_of_the_bank_and_nothing_else():
    model = conv_model()
    bank = PriorBank(model, chain(), SEED)
    before = positions(bank)
    z = tf.function(lambda: draw(bank, model, 20, SEED))()
    after = positions(bank)
    moved = (before != after).any(axis=1)
    assert moved.sum() == 20
    ours = np.concatenate(model.transform(tuple(value.value() for value in bank.values)), axis=1)
    found = {tuple(np.round(row, 4)) for row in np.concatenate(z, axis=1)}
    assert found == {tuple(np.round(row, 4)) for row in ours[moved]}


def test_two_steps_of_a_whole_bank_are_one_chain_twice_as_long():
    """Without noise the seeds do not matter, and every chain can be followed."""
    short, long = (chain(size=6, num_steps=k, noise_scale=0.0) for k in (3, 6))
    model = conv_model()
    bank = PriorBank(model, short, SEED)
    start = tuple(tf.identity(value) for value in bank.values)
    for k in range(2):
        draw(bank, model, 6, seeds.fold(SEED, k))
    expected = np.concatenate(long.advance(model, start, SEED), axis=1)
    np.testing.assert_allclose(positions(bank), expected, atol=1e-5)


def test_restarts_forget_where_chains_were():
    model = conv_model()
    for restart, far in ((0.0, True), (1.0, False)):
        bank = PriorBank(model, chain(size=500, restart=restart, num_steps=1, step_size=0.1), SEED)
        for value in bank.values:
            value.assign(value + 100.0)
        draw(bank, model, 500, SEED)
        assert (np.abs(positions(bank)).min() > 50.0) == far


def test_persistent_chains_of_two_steps_reach_the_prior_that_short_ones_do_not():
    model, settings = linear_gaussian.model(), {"num_steps": 2, "step_size": 0.3}
    bank = PriorBank(model, chain(size=20000, **settings), SEED)
    sample = tf.function(lambda seed: draw(bank, model, 20000, seed))
    for k in range(60):
        z = sample(seeds.fold(SEED, k))
    mean, covariance = linear_gaussian.joint_prior()
    assert_gaussian(np.concatenate(z, axis=1), mean, covariance / (1.0 - 0.3**2 / 4.0))
    short = np.concatenate(tf.function(lambda: PriorChain(**settings).sample(model, 20000, SEED))(), axis=1)
    assert np.abs(short.mean(axis=0) - mean).max() > 0.5


def test_trainers_learn_from_the_bank_and_one_and_two_replicas_agree():
    banked = chain(size=60, restart=0.2)
    strategy = two_replicas()
    images, found = digits.load("train"), []
    for scope in (tf.distribute.get_strategy(), strategy):
        with scope.scope():
            made = trainer(banked)
        first = positions(made.bank)
        made.fit(distributed_batches(images, 20, 0, 0, scope), steps_per_epoch=3, shuffle=False, verbose=0)
        assert 20 <= (positions(made.bank) != first).any(axis=1).sum() <= 60
        found.append((positions(made.bank), made.model.get_weights()))
    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-4)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("adaptation", [None, StepAdaptation()])
def test_steps_of_learning_are_the_bank_s_and_those_of_samples_the_chain_s(adaptation):
    made = trainer(PriorChain(num_steps=7, bank=ChainBank(20, 0.0, num_steps=2), adaptation=adaptation))
    start = tuple(tf.identity(value) for value in made.bank.values)
    order = tf.random.experimental.stateless_shuffle(tf.range(20), seeds.fold(SEED, 0).key)
    draw(made.bank, made.model, 20, SEED)
    expected = PriorChain(num_steps=2).advance(
        made.model, tuple(tf.gather(value, order) for value in start), seeds.fold(SEED, 3)
    )
    for value, end in zip(made.bank.values, expected, strict=True):
        np.testing.assert_allclose(tf.gather(value, order), end, atol=1e-5)
    assert made.prior_sampler.num_steps == 7


def test_where_nothing_is_sampled_there_is_no_bank():
    base = conv_model()
    assert trainer(chain(), JointModel(base.backbone, [])).bank is None
    assert trainer(PriorChain(num_steps=1)).bank is None


def test_z_minus_has_the_size_of_z_plus():
    made = trainer(chain(size=30))
    z = made.negative_sampler.negative_samples(made.model, random_latents((4, 3), 7, seed=1), SEED)
    assert [layer.shape for layer in z] == [(7, 4), (7, 3)]


def test_conditional_tilting_is_refused():
    with pytest.raises(ValueError, match=r"MLETrainer .* depend on z"):
        trainer(chain(), conditional_model(conv_model()))
