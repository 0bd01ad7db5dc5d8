"""Proves chains on conditionally tilted priors against numerical integration on an asymmetric hierarchy."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.conditional.sampler import ConditionalSampler
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from tests.monte_carlo import assert_mean
from tests.small_models import conditional_model, grid, skewed_model

SEED = seeds.root_seed(7)
STATISTICS = (lambda p: p[:, 0], lambda p: p[:, 1], lambda p: p[:, 0] > 2.5, lambda p: p[:, 1] < -0.5)


def laws():
    """Grid points `[n, 2]`, and the weights of the conditionally and of the jointly tilted prior."""
    axes = np.linspace(-8.0, 14.0, 1101), np.linspace(-7.0, 7.0, 701)
    base, z = skewed_model(), grid(*axes)
    f_1, f_2 = (np.float64(f).reshape(1101, 701) for f in base.f_terms(z))
    p_1, p_2 = (np.float64(p).reshape(1101, 701) for p in base.backbone.log_prior_terms(z))
    lower = np.exp(f_1 + p_1)
    top = np.exp(f_2 + p_2)
    conditional = lower / lower.sum(axis=0) * top
    points = np.concatenate(z, axis=1)
    return points, *(w.ravel() / w.sum() for w in (conditional, lower * top))


@pytest.mark.parametrize(("space", "initial"), [("eps", "ancestral"), ("z", "ancestral"), ("z", "gaussian")])
def test_the_whole_prior_from_the_top_down(space, initial):
    points, weights, _ = laws()
    chain = PriorChain(num_steps=400, step_size=0.3, space=space, initial=initial, adjusted=True)
    model = conditional_model()
    z = tf.function(lambda: ConditionalSampler(chain).sample(model, 20000, SEED))()
    for statistic in STATISTICS:
        assert_mean(np.float64(statistic(np.concatenate(z, axis=1))), weights @ statistic(points), allowance=0.005)


def test_it_is_not_the_joint_prior():
    points, conditional, joint = laws()
    assert abs(conditional @ points[:, 1] - joint @ points[:, 1]) > 0.1


def test_the_model_s_tilting_makes_the_sampler_and_plain_chains_are_refused():
    chain, model = PriorChain(num_steps=3), conditional_model()
    sampler = model.tilting.sampler(chain)
    assert sampler == ConditionalSampler(chain)
    assert sampler.sample_with_trace(model, 5, SEED)[1] is None
    for draw in (chain.sample, chain.sample_with_trace):
        with pytest.raises(ValueError, match=r"a chain on all layers of the prior: with JointModel.tilting"):
            draw(model, 5, SEED)
    with pytest.raises(UserError, match=r"long_run: .* a chain for each layer"):
        sampler.as_chain("long_run")


def test_a_bank_is_refused():
    with pytest.raises(ValueError, match=r"PriorChain.bank: conditional tilting starts a chain at every z\+"):
        ConditionalSampler(PriorChain(bank=ChainBank()))


@pytest.mark.parametrize("space", ["eps", "z"])
def test_each_layer_given_the_next(space):
    """z_1− given z_2+ = 1.5, whatever z_1+ is; z_2− on its own."""
    model = conditional_model()
    above = (tf.fill([20000, 1], 9.0), tf.fill([20000, 1], 1.5))
    chain = PriorChain(num_steps=300, step_size=0.3, space=space, adjusted=True)
    low, high = tf.function(lambda: ConditionalSampler(chain).negative_samples(model, above, SEED))()
    axis = np.linspace(-8.0, 14.0, 20001)
    z = (tf.constant(axis[:, None], tf.float32), tf.fill([20001, 1], 1.5))
    density = np.exp(np.float64(model.f_terms(z)[0] + model.backbone.log_prior_terms(z)[0]))
    assert_mean(low[:, 0], density @ axis / density.sum(), allowance=0.005)
    top = (z[0] * 0.0, z[0])
    density = np.exp(np.float64(model.f_terms(top)[1] + model.backbone.log_prior_terms(top)[1]))
    assert_mean(high[:, 0], density @ axis / density.sum(), allowance=0.005)
