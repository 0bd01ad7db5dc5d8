"""Proves mixing diagnostics on autoregressive chains, whose answers are known, and by tensorflow-probability."""

import numpy as np
import pytest

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


def test_split_r_hat_by_hand():
    draws = autoregressive(0.5, steps=100, shift=0.7)
    halves = np.concatenate([draws[:50], draws[50:]], axis=1)
    within, between = halves.var(axis=0, ddof=1).mean(), halves.mean(axis=0).var(ddof=1)
    # Brooks and Gelman (1998), Eq. 1.1, for m half chains of n steps.
    m, n = halves.shape[1], len(halves)
    pooled = (n - 1) / n * within + between
    assert split_r_hat(draws) == pytest.approx((m + 1) / m * pooled / within - (n - 1) / (m * n))


def test_r_hat_tells_mixed_chains_from_others():
    assert split_r_hat(autoregressive(0.5)) == pytest.approx(1.0, abs=0.01)
    assert split_r_hat(autoregressive(0.5, shift=2.0)) > 1.5
    drifting = autoregressive(0.5) + np.linspace(0.0, 4.0, STEPS)[:, None]
    assert split_r_hat(drifting) > 1.5  # the halves of each chain differ


def test_autocorrelation():
    found = autocorrelation(autoregressive(0.8), max_lag=5)
    np.testing.assert_allclose(found, 0.8 ** np.arange(6), atol=0.03)
    apart = autocorrelation(autoregressive(0.0, shift=4.0), max_lag=3)
    np.testing.assert_allclose(apart[1:], 4.0 / 5.0, atol=0.02)  # variance 1 within, (4/2)² between
    np.testing.assert_array_equal(autocorrelation(np.ones((4, 2)), 2), 1.0)
