"""Proves importance resampling: exact with many proposals, the Gaussian prior with one, and independent draws."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from tests.chains import linear_gaussian
from tests.chains.test_prior import skewed_law
from tests.monte_carlo import assert_gaussian, assert_mean
from tests.small_models import skewed_model

SEED = seeds.root_seed(5)


def sample(num_proposals, model, batch):
    sampler = ImportanceResampler(num_proposals)
    return np.concatenate(tf.function(lambda: sampler.sample(model, batch, SEED))(), axis=1)


def test_many_proposals_against_numerical_integration():
    points, weights = skewed_law()
    z = sample(1000, skewed_model(), 20000)
    # With M proposals the law is off by O(1 / M) times the variance of the normalised weights.
    for statistic in (lambda p: p[:, 0], lambda p: p[:, 1], lambda p: p[:, 0] > 2.5, lambda p: p[:, 1] < -0.5):
        assert_mean(np.float64(statistic(z)), weights @ statistic(points), allowance=0.01)


def test_one_proposal_is_the_gaussian_prior():
    assert_gaussian(sample(1, linear_gaussian.model(), 20000), *linear_gaussian.backbone())


def test_every_proposal_can_win_and_none_beyond_the_last():
    """Two proposals of a linear tilt: the law of the chosen one is known."""
    model = linear_gaussian.model()
    rng = np.random.default_rng(0)
    offset, covariance = linear_gaussian.backbone()
    pair = rng.multivariate_normal(offset, covariance, (200000, 2))
    weight = np.exp(pair @ linear_gaussian.TILT)
    share = weight / weight.sum(axis=1, keepdims=True)
    expected = (share[..., None] * pair).sum(axis=1).mean(axis=0)
    assert_mean(sample(2, model, 20000), expected, allowance=0.02)


def test_a_shorter_batch_is_the_first_rows():
    np.testing.assert_allclose(sample(70, skewed_model(), 5), sample(70, skewed_model(), 9)[:5], atol=1e-6)


@pytest.mark.parametrize("number", [0, 2.5])
def test_impossible_settings_are_named(number):
    with pytest.raises(ValueError, match=rf"ImportanceResampler.num_proposals = {number}"):
        ImportanceResampler(number)
