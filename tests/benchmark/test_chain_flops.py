"""Proves that a chain costs so many gradients by z, and what is around it once."""

import dataclasses

import pytest
import tensorflow as tf

from jebm_tf.benchmark import chain_flops
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from tests.profiler import products_in
from tests.small_models import conv_model, inferring_model

ROWS = 3
MODEL = conv_model()
PRIOR, F = ROWS * 2 * (3 * 5 + 5 * 8), ROWS * 2 * (4 * 5 + 5 + 3 * 5 + 5)
GENERATOR = ROWS * 2 * (16 * 6 * 4 + 16 * 16 * 6)


@pytest.mark.parametrize(
    ("chain", "gradients", "around"),
    [
        (PriorChain(num_steps=7, space="z"), 7, PRIOR),
        (PriorChain(num_steps=7, space="z", initial="gaussian"), 7, 0),
        (PriorChain(num_steps=7, space="z", adjusted=True), 8, PRIOR),
        (PriorChain(num_steps=7), 7, PRIOR),
        (PriorChain(num_steps=0), 0, PRIOR),
    ],
)
def test_prior_chains(chain, gradients, around):
    """In ε the Gaussian prior is gone through by T, in z by its density: the same networks."""
    found = chain_flops.of_prior_sampler(chain, MODEL, ROWS)
    assert found == Flops(dense=gradients * 2 * (PRIOR + F) + around)


def test_acceptance_costs_one_gradient_more():
    chain = PriorChain(num_steps=7)
    plain = chain_flops.of_prior_sampler(chain, MODEL, ROWS)
    more = chain_flops.of_prior_sampler(dataclasses.replace(chain, num_steps=8), MODEL, ROWS)
    assert plain != chain_flops.of_prior_sampler(chain, MODEL, ROWS, observed=True) == more


def test_posterior_chains_without_climb_compute_no_f():
    chain = PosteriorChain(num_steps=7, climb=0.0)
    found = chain_flops.of_posterior_sampler(chain, MODEL, ROWS)
    assert found == Flops(dense=7 * 2 * PRIOR + PRIOR, convolution=7 * 2 * GENERATOR)
    climbing = chain_flops.of_posterior_sampler(PosteriorChain(num_steps=7), MODEL, ROWS)
    assert climbing == Flops(dense=7 * 2 * (PRIOR + F) + PRIOR, convolution=7 * 2 * GENERATOR)


def test_an_inference_network():
    model = inferring_model()
    specs = [chain_flops.image_spec(model, ROWS), *chain_flops.latent_specs(model, ROWS)]
    by_the_profiler = products_in(lambda x, *noise: model.infer(x, noise).z, specs)
    assert chain_flops.of_posterior_sampler(InferenceSampler(), model, ROWS).total == by_the_profiler > 0


def test_samples_without_energies_are_made_at_once():
    assert chain_flops.of_prior_sampler(PriorChain(), inferring_model(energies=False), ROWS).total == PRIOR
    assert chain_flops.of_decoding(MODEL, ROWS) == Flops(convolution=GENERATOR)


def test_other_samplers_are_not_counted():
    assert chain_flops.of_prior_sampler(PriorSampler(), MODEL, ROWS) is None
    assert chain_flops.of_posterior_sampler(PosteriorSampler(), MODEL, ROWS) is None


def test_shapes():
    assert chain_flops.latent_specs(MODEL, 5) == [tf.TensorSpec((5, 4)), tf.TensorSpec((5, 3))]
    assert chain_flops.image_spec(MODEL, 5) == tf.TensorSpec((5, 8, 8, 1))
