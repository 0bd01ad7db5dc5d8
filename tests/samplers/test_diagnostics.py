"""Proves mixing diagnostics on autoregressive chains, whose answers are known, and by tensorflow-probability."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from jebm_tf.samplers.diagnostics import autocorrelation, effective_sample_size, split_r_hat

STEPS, CHAINS = 4000, 16


def autoregressive(rho, seed=0, shift=0.0, steps=STEPS):
    """Stationary chains x_t = ρ x_{t−1} + √(1 − ρ²) ε, `[steps, chains]`; `shift` moves every other one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=CHAINS)
    rows = []
    for _ in range(steps):
        rows.append(x)
        x = rho * x + np.sqrt(1.0 - rho**2) * rng.normal(size=CHAINS)
    return np.array(rows) + shift * (np.arange(CHAINS) % 2)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_effective_sample_size(rho):
    expected = STEPS * CHAINS * (1.0 - rho) / (1.0 + rho)
    assert effective_sample_size(autoregressive(rho)) == pytest.approx(expected, rel=0.15)


def test_each_quantity_by_itself():
    both = np.stack([autoregressive(0.0), autoregressive(0.9)], axis=-1)
    found = effective_sample_size(both)
    assert found.shape == (2,)
    assert found[0] > 10 * found[1]
    for axis in range(2):
        assert split_r_hat(both)[axis] == pytest.approx(float(split_r_hat(both[..., axis])))


def test_split_r_hat_is_the_root_of_tensorflow_probability_s_without_its_correction():
    draws = autoregressive(0.5, steps=101, shift=0.7)
    theirs = tfp.mcmc.potential_scale_reduction(
        tf.constant(draws[:100]), independent_chain_ndims=1, split_chains=True
    ).numpy()
    m, n = 2 * CHAINS, 50  # Brooks and Gelman (1998): (m + 1) / m R² − (n − 1) / (m n)
    assert split_r_hat(draws) == pytest.approx(np.sqrt((theirs + (n - 1) / (m * n)) * m / (m + 1)))


def test_split_r_hat_by_hand():
    draws = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 1.0], [6.0, 1.0]])  # halves (0, 2), (1, 3), (4, 6), (1, 1)
    within, between = (2.0 + 2.0 + 2.0 + 0.0) / 4, np.var([1.0, 2.0, 5.0, 1.0], ddof=1)
    assert split_r_hat(draws) == pytest.approx(np.sqrt(0.5 + between / within))


def test_r_hat_tells_mixed_chains_from_others():
    assert split_r_hat(autoregressive(0.5)) == pytest.approx(1.0, abs=0.01)
    assert split_r_hat(autoregressive(0.5, shift=2.0)) == pytest.approx(np.sqrt(2.0), abs=0.05)  # B / W is near 1
    drifting = autoregressive(0.5) + np.linspace(0.0, 4.0, STEPS)[:, None]
    assert split_r_hat(drifting) > 1.3  # the halves of each chain differ


def test_autocorrelation():
    found = autocorrelation(autoregressive(0.8), max_lag=5)
    np.testing.assert_allclose(found, 0.8 ** np.arange(6), atol=0.03)
    apart = autocorrelation(autoregressive(0.0, shift=4.0), max_lag=3)
    np.testing.assert_allclose(apart[1:], 4.0 / 5.0, atol=0.02)  # variance 1 within, (4/2)² between
    np.testing.assert_array_equal(autocorrelation(np.ones((4, 2)), 2), 1.0)
