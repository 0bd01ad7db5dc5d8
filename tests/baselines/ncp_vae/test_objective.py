"""Proves the contrastive objective by hand, and that it is highest at the true log density ratio."""

import numpy as np
import tensorflow as tf
from scipy.special import log_expit

from jebm_tf.baselines.ncp_vae.objective import ContrastiveTerms, contrastive_terms
from tests.small_models import dense_model, random_latents


def test_terms_by_hand():
    model = dense_model((2, 3))
    z_posterior, z_prior = random_latents((2, 3), 50, seed=1), random_latents((2, 3), 50, seed=2)
    terms = contrastive_terms(model, z_posterior, z_prior)
    f_posterior, f_prior = np.float64(model.f(z_posterior)), np.float64(model.f(z_prior))
    np.testing.assert_allclose(terms.objective, log_expit(f_posterior) + log_expit(-f_prior), rtol=1e-4)
    np.testing.assert_allclose(terms.accuracy, 0.5 * (f_posterior > 0) + 0.5 * (f_prior < 0))


def test_the_best_classifier_is_the_log_density_ratio():
    """q = N(1, 0.5²) against p = N(0, 1) on a grid: moving f away from log q − log p in any direction lowers it."""
    z = np.linspace(-8.0, 8.0, 4001)
    log_q, log_p = -2.0 * (z - 1.0) ** 2 - np.log(0.5), -0.5 * z**2

    def value(f):
        at_q, at_p = ContrastiveTerms(f, f - np.inf), ContrastiveTerms(f + np.inf, f)  # the other term is zero
        return np.sum(np.exp(log_q) * at_q.objective + np.exp(log_p) * at_p.objective)

    best = value(log_q - log_p)
    for move in (np.ones_like(z), z, np.sin(3.0 * z), z**2):
        assert value(log_q - log_p + 0.05 * move) < best
        assert value(log_q - log_p - 0.05 * move) < best


def test_steep_classifiers_stay_finite():
    model = dense_model((2, 3), scale=50.0)
    terms = contrastive_terms(model, random_latents((2, 3), 50, seed=1), random_latents((2, 3), 50, seed=2))
    assert np.isfinite(terms.objective).all()
    assert float(tf.reduce_max(terms.objective)) <= 0.0
