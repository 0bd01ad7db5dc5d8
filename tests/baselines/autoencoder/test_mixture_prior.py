"""Proves the mixture prior against scikit-learn and known moments, and that sampling and density agree."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm
from sklearn.mixture import GaussianMixture

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from tests.monte_carlo import assert_gaussian, assert_mean

WEIGHTS, MEANS = np.array([0.2, 0.8]), np.array([[3.0, -1.0], [-2.0, 0.5]])
FACTORS = np.array([[[0.5, 0.0], [0.4, 0.3]], [[1.0, 0.0], [-0.6, 0.8]]])


def codes(number, seed=0):
    rng = np.random.default_rng(seed)
    component = (rng.uniform(size=number) > WEIGHTS[0]).astype(int)
    return MEANS[component] + np.einsum("nij,nj->ni", FACTORS[component], rng.standard_normal((number, 2)))


def built(components=2):
    prior = MixturePrior(2, components)
    prior.build()
    return prior


def samples(prior, number):
    return prior.transform((seeds.normal([number, 3], seeds.root_seed(1)),))[0].numpy()


def test_before_the_fit_it_is_a_standard_normal():
    prior, z = built(components=3), codes(10).astype(np.float32)
    np.testing.assert_allclose(prior.log_prob_terms((z,))[0], norm.logpdf(z).sum(axis=1), rtol=1e-5)
    assert_gaussian(samples(prior, 20000), np.zeros(2), np.eye(2))


def test_density_after_the_fit_is_scikit_learn_s():
    prior = built()
    prior.fit(codes(2000), seed=0)
    reference = GaussianMixture(2, random_state=0).fit(codes(2000))
    z = codes(50, seed=1)
    found = prior.log_prob_terms((tf.constant(z, tf.float32),))[0]
    np.testing.assert_allclose(found, reference.score_samples(z), rtol=1e-4)


def test_samples_have_the_law_of_the_codes():
    prior = built()
    prior.logits.assign(np.log(WEIGHTS))
    prior.means.assign(MEANS)
    prior.factors.assign(FACTORS)
    z = samples(prior, 40000)
    first = z[:, 0] > 1.0  # three standard deviations from either component
    assert_mean(np.float64(first), WEIGHTS[0], allowance=0.002)
    assert_gaussian(z[~first], MEANS[1], FACTORS[1] @ FACTORS[1].T + np.zeros((2, 2)))


def test_the_fit_is_a_function_of_codes_and_seed():
    one, two = built(5), built(5)
    one.fit(codes(500), seed=3)
    two.fit(codes(500), seed=3)
    assert all(map(np.array_equal, one.get_weights(), two.get_weights()))


def test_no_components_are_refused():
    with pytest.raises(ValueError, match=r"MixturePrior.components = 0"):
        MixturePrior(2, 0)
