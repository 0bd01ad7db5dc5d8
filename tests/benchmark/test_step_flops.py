"""Proves the count of whole steps: by hand, and what is learned in them by TensorFlow's own profiler."""

import pytest
import tensorflow as tf

from jebm_tf.benchmark import chain_flops, step_flops
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.prior import PriorChain
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.rule import LearningRule
from tests.benchmark.trainers import mle_trainer, variational_trainer
from tests.profiler import products_in, with_weight_gradient

ROWS = 3
PAPER = LearningRule(climb=1.0, prior_negative_phase=True)
# Of one pass, see tests/benchmark/test_chain_flops.py: p(z_1 | z_2), f_1 and f_2, and the generator's two layers.
PRIOR = (ROWS * 2 * 3 * 5, ROWS * 2 * 5 * 8)
HEADS = (ROWS * 2 * (4 * 5 + 3 * 5), ROWS * 2 * (5 + 5))
GENERATOR = (ROWS * 2 * 16 * 6 * 4, ROWS * 2 * 16 * 16 * 6)


def specs(model, latents=1):
    return [chain_flops.image_spec(model, ROWS), *chain_flops.latent_specs(model, ROWS) * latents]


def learning(trainer):
    """All of a step but the chains."""
    samples = chain_flops.of_prior_sampler(trainer.prior_sampler, trainer.model, ROWS)
    if isinstance(trainer, MLETrainer):
        samples = samples.plus(chain_flops.of_posterior_sampler(trainer.posterior_sampler, trainer.model, ROWS))
    return step_flops.of_step(trainer, ROWS).plus(samples.times(-1))


def test_maximum_likelihood_by_hand():
    """Each network forth and back by its weights, of which the first layer needs no gradient by its input.

    Heads are learned at z+ and z−, p(z_1 | z_2) at both in the paper's rule; what is reported goes forth once more.
    """
    both = 2 * (2 * PRIOR[0] + 3 * PRIOR[1] + 2 * HEADS[0] + 3 * HEADS[1])
    found = learning(mle_trainer(PAPER))
    assert found == Flops(dense=both + sum(PRIOR), convolution=2 * GENERATOR[0] + 3 * GENERATOR[1])


def test_without_the_negative_phase_the_prior_has_one_gradient_less():
    fewer = learning(mle_trainer(PAPER)).plus(learning(mle_trainer(LearningRule())).times(-1))
    assert fewer == Flops(dense=PRIOR[0] + 2 * PRIOR[1])


def test_maximum_likelihood_by_the_profiler():
    """From the graph's operations."""
    trainer = mle_trainer(PAPER)
    model = trainer.model

    def objective(x, *z):
        return trainer.learning_objective(mle_terms(model, x, z[:2], z[2:]))

    weights = [weight.value for weight in model.trainable_variables]
    counted = products_in(with_weight_gradient(objective, weights), specs(model, 2))
    reported = sum(PRIOR)  # σ, which is not in the objective
    assert counted == learning(trainer).total - reported


def test_variational_by_the_profiler():
    """Two objectives, each with a way back of its own."""
    trainer = variational_trainer(PAPER)
    model = trainer.model
    own = [weight.value for weight in model.parts["inference"].trainable_variables]
    others = [w.value for name, part in model.parts.items() if name != "inference" for w in part.trainable_variables]

    def both(x, *z):
        with tf.GradientTape(persistent=True) as tape:
            terms = variational_terms(model, x, model.infer(x, z[:2]), z[2:])
            objectives = trainer.objectives(terms)
        found = tape.gradient(objectives["generator"], others), tape.gradient(objectives["inference"], own)
        return objectives["generator"], found

    counted = products_in(both, specs(model, 2))
    reported = sum(PRIOR)
    assert counted == learning(trainer).total - reported


def test_a_step_has_its_chains():
    trainer = mle_trainer()
    found = step_flops.of_step(trainer, ROWS)
    chains = [
        chain_flops.of_posterior_sampler(trainer.posterior_sampler, trainer.model, ROWS),
        chain_flops.of_prior_sampler(trainer.prior_sampler, trainer.model, ROWS),
    ]
    assert found == learning(trainer).plus(chains[0]).plus(chains[1])
    assert trainer.posterior_sampler.climb == 0.0


def test_a_chain_that_adapts_looks_once_more():
    adapting = mle_trainer(prior_chain=PriorChain(num_steps=3, adaptation=StepAdaptation()))
    longer = mle_trainer(prior_chain=PriorChain(num_steps=4))
    assert step_flops.of_step(adapting, ROWS) == step_flops.of_step(longer, ROWS)


def test_a_trainer_of_one_s_own_is_not_counted():
    class Mine(MLETrainer):
        pass

    trainer = mle_trainer()
    trainer.__class__ = Mine
    assert step_flops.of_step(trainer, ROWS) is None


@pytest.mark.parametrize("factor", [2, 5])
def test_a_step_is_linear_in_its_batch(factor):
    trainer = mle_trainer()
    assert step_flops.of_step(trainer, factor * ROWS) == step_flops.of_step(trainer, ROWS).times(factor)
