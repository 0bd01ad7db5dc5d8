"""Proves the Fréchet distance against its closed form for Gaussians, and against tensorflow-gan."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from jebm_tf.evaluation.frechet import frechet_distance, warn_if_few
from tests.evaluation import tfgan


def whitened(number, dim, seed):
    """Features whose sample mean is 0 and whose sample covariance is the identity, exactly."""
    draws = np.random.default_rng(seed).standard_normal((number, dim))
    centred = draws - draws.mean(axis=0)
    factor = np.linalg.cholesky(np.linalg.inv(np.cov(centred, rowvar=False)))
    return centred @ factor


def gaussian(mean, factor, seed):
    return whitened(500, len(mean), seed) @ factor.T + mean


def test_two_gaussians_in_closed_form():
    rng = np.random.default_rng(0)
    means = rng.normal(size=(2, 5))
    factors = rng.normal(size=(2, 5, 5))
    found = frechet_distance(*(gaussian(m, a, seed) for seed, (m, a) in enumerate(zip(means, factors, strict=True))))
    one, other = (a @ a.T for a in factors)
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(one + other - 2.0 * sqrtm(one @ other).real)
    assert found == pytest.approx(expected, rel=1e-6)


def test_diagonal_covariances_by_hand():
    real = gaussian(np.array([1.0, 0.0]), np.diag([1.0, 2.0]), 0)
    generated = gaussian(np.array([-1.0, 0.5]), np.diag([3.0, 1.0]), 1)
    assert frechet_distance(real, generated) == pytest.approx(4.0 + 0.25 + (1 - 3) ** 2 + (2 - 1) ** 2, rel=1e-6)


def test_float32_features_are_compared_in_float64():
    # Far from the origin float32 means and products would lose what is compared.
    real = whitened(400, 3, 0) + 3000.0
    assert frechet_distance(real.astype(np.float32), (real + 1e-2).astype(np.float32)) == pytest.approx(3e-4, rel=0.1)


def test_a_set_is_at_no_distance_from_itself():
    real = gaussian(np.zeros(4), np.eye(4), 3)
    assert frechet_distance(real, real) == pytest.approx(0.0, abs=1e-9)


def correlated(number, dim, seed):
    """Features as a network gives them: none below 0, variances from 1 down to a thousandth, for one seed shifted."""
    mixing = np.random.default_rng(99).normal(size=(dim, dim)) / np.arange(1.0, dim + 1.0)
    draws = np.random.default_rng(seed).normal(size=(number, dim))
    return np.maximum(draws @ mixing.T + 0.1 * seed, 0.0)


def test_against_tensorflow_gan():
    real, generated = correlated(2000, 100, 0), correlated(1500, 100, 1)
    assert frechet_distance(real, generated) == pytest.approx(tfgan.frechet_distance(real, generated), rel=1e-9)


def test_with_fewer_images_than_features():
    """tr (C C')^½ is then also the sum of singular values of images times images, to which no root's rounding comes."""
    real, generated = correlated(150, 200, 0), correlated(120, 200, 1)
    one, other = (features - features.mean(axis=0) for features in (real, generated))
    scale = np.sqrt((len(one) - 1) * (len(other) - 1))
    expected = np.sum((real.mean(axis=0) - generated.mean(axis=0)) ** 2)
    expected += sum(np.sum(c**2) / (len(c) - 1) for c in (one, other))
    expected -= 2.0 * np.linalg.svd(one @ other.T, compute_uv=False).sum() / scale
    assert frechet_distance(real, generated) == pytest.approx(expected, rel=1e-10)
    assert tfgan.frechet_distance(real, generated) == pytest.approx(expected, rel=1e-4)  # its roots do round


def test_one_feature():
    real, generated = np.array([[1.0], [3.0], [5.0]]), np.array([[2.0], [2.0], [5.0]])
    assert frechet_distance(real, generated) == pytest.approx((3.0 - 3.0) ** 2 + (2.0 - np.sqrt(3.0)) ** 2)


def test_few_images_get_a_note():
    assert "2047 images are fewer than 2048" in warn_if_few(2047, "fid")[0]
    assert not warn_if_few(2048, "fid")
