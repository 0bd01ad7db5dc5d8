"""Whether chains have mixed: effective sample size, split R-hat, autocorrelation."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp


def effective_sample_size(draws: np.ndarray) -> np.ndarray:
    """How many independent draws all chains together are worth, Geyer's estimate by tensorflow-probability.

    Args:
      draws: `[steps, chains, ...]`, two chains or more.

    Returns:
      `[...]`, float64.
    """
    draws = tf.constant(draws, tf.float64)
    return tfp.mcmc.effective_sample_size(draws, cross_chain_dims=1, filter_beyond_positive_pairs=True).numpy()


def split_r_hat(draws: np.ndarray) -> np.ndarray:
    """R-hat over the halves of all chains (Gelman et al. 2013, Sec. 11.4); near 1 where they agree.

    √[((n − 1) / n W + B / n) / W] with n draws in a half, W the mean variance within halves and B / n the variance of
    their means. (tensorflow-probability's `potential_scale_reduction` is an older variant, without the root.)

    Args:
      draws: `[steps, chains, ...]`, four steps or more.

    Returns:
      `[...]`, float64; an odd last step is left out.
    """
    n = len(draws) // 2
    halves = np.concatenate([draws[:n], draws[n : 2 * n]], axis=1).astype(np.float64)
    within, between = halves.var(axis=0, ddof=1).mean(axis=0), halves.mean(axis=0).var(axis=0, ddof=1)
    return np.sqrt((n - 1) / n + between / within)


def autocorrelation(draws: np.ndarray, max_lag: int) -> np.ndarray:
    """Mean autocorrelation over chains at lags 0, ..., `max_lag`.

    The mean that is taken off is that of all chains together, so that chains which stay apart look correlated.

    Args:
      draws: `[steps, chains]`.
      max_lag: less than the number of steps.
    """
    centred = np.asarray(draws, np.float64) - np.mean(draws, dtype=np.float64)
    count = len(centred)
    covariance = [np.mean(centred[: count - lag] * centred[lag:]) for lag in range(max_lag + 1)]
    return np.asarray(covariance) / covariance[0] if covariance[0] > 0.0 else np.ones(max_lag + 1)
