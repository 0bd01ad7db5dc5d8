"""Proves that δ finds the acceptance that is asked for, as an independent simulation has it, and is the run's own."""

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
from jebm_tf.trainers.adapted_chain import AdaptedChain
from jebm_tf.trainers.bank import PriorBank
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from tests.chains import linear_gaussian
from tests.replicas import two_replicas
from tests.small_models import conv_model
from tests.training import train_on_digits

SEED = seeds.root_seed(3)


def chain(target=0.8, rate=0.01, **settings):
    return PriorChain(**{"num_steps": 3, "adaptation": StepAdaptation(target, rate), **settings})


def trainer(prior_chain, model=None):
    model = model or conv_model()
    return MLETrainer(model, grouped_adam(model, TrainingLength(100)), PosteriorChain(num_steps=1), prior_chain)


def simulated_acceptance(step_size, number=200_000):
    """Of one step on N(0, I) in three dimensions from where unadjusted chains of this step are stationary."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((number, 3)) / np.sqrt(1.0 - step_size**2 / 4.0)
    moved = z - 0.5 * step_size**2 * z + step_size * rng.standard_normal(z.shape)
    forward = ((moved - z + 0.5 * step_size**2 * z) ** 2).sum(axis=1) / (2.0 * step_size**2)
    backward = ((z - moved + 0.5 * step_size**2 * moved) ** 2).sum(axis=1) / (2.0 * step_size**2)
    log_ratio = 0.5 * (z**2 - moved**2).sum(axis=1) + forward - backward
    return np.exp(np.minimum(log_ratio, 0.0)).mean()


@pytest.mark.parametrize(("first", "target"), [(1.6, 0.9), (0.3, 0.7)])
def test_delta_finds_its_acceptance_from_above_and_from_below(first, target):
    """In ε-space the linear-Gaussian prior is N(m, I); a bank keeps chains where they are stationary."""
    model = linear_gaussian.model()
    adapted = AdaptedChain(chain(target, 0.1, step_size=first, bank=ChainBank(500, 0.0)))
    bank = PriorBank(model, adapted, SEED)
    step = tf.function(lambda seed: bank.negative_samples(model, (tf.zeros([500, 1]),), seed))
    for k in range(150):
        step(seeds.fold(SEED, k))
    assert abs(simulated_acceptance(first) - target) > 0.08
    assert simulated_acceptance(float(adapted.step_size)) == pytest.approx(target, abs=0.015)


def test_a_chain_of_the_learned_delta_is_what_the_adapted_chain_draws():
    model = conv_model()
    adapted = AdaptedChain(chain(step_size=0.5))
    expected = PriorChain(num_steps=3, step_size=0.5).sample(model, 6, SEED)
    found = adapted.negative_samples(model, (tf.zeros([6, 1]),), SEED)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert adapted.chain.settled() == PriorChain(
        num_steps=3, step_size=float(adapted.step_size), adaptation=StepAdaptation()
    )
    assert float(adapted.step_size) != 0.5


def test_steps_that_are_not_finite_shorten_delta_and_do_not_spoil_it():
    model = conv_model()
    adapted = AdaptedChain(chain(rate=0.5))
    for variable in model.energies[0].trainable_variables:
        variable.assign(variable * np.nan)
    adapted.negative_samples(model, (tf.zeros([6, 1]),), SEED)
    assert 0.0 < float(adapted.step_size) < 0.4


def test_training_reports_delta_and_the_finished_model_is_sampled_with_it():
    made = train_on_digits(trainer(chain(rate=0.5)), 3)
    found = made.diagnostics(tf.zeros([2, 8, 8, 1]), SEED)["prior_chain/step_size"]
    assert float(found) == made.prior_sampler.settled().step_size != pytest.approx(0.4, abs=0.01)
    assert [float(variable) for variable in made.state] == [float(found)]


@pytest.mark.parametrize("bank", [None, ChainBank(60, 0.2)])
def test_one_and_two_replicas_agree(bank):
    strategy, found = two_replicas(), []
    for scope in (tf.distribute.get_strategy(), strategy):
        with scope.scope():
            made = trainer(chain(rate=0.5, bank=bank))
        data = distributed_batches(digits.load("train"), 20, 0, 0, scope)
        made.fit(data, steps_per_epoch=3, shuffle=False, verbose=0)
        found.append((made.prior_sampler.settled().step_size, made.model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_where_nothing_is_sampled_nothing_adapts():
    assert trainer(chain(), JointModel(conv_model().backbone, [])).adapted is None
    assert trainer(PriorChain(num_steps=1)).adapted is None
    with pytest.raises(ValueError, match=r"PriorChain.adaptation .* None"):
        AdaptedChain(PriorChain())


def test_a_chain_of_no_steps_keeps_its_delta():
    made = train_on_digits(trainer(chain(num_steps=0)), 2)
    assert float(made.adapted.step_size) == pytest.approx(0.4)
