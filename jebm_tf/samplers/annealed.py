"""Annealed importance sampling (Neal 2001) from N(0, I) to N(0, I) exp[u], by Hamiltonian Monte Carlo.

The path is log N(z; 0, I) + β u(z). Along inverse temperatures β_0, β_1, ..., with z_t moved by a kernel that leaves
β_t's density as it is, log w = Σ (β_{t+1} − β_t) u(z_t). From exact samples of N(0, I), with β rising from 0 to 1,
E[w] = ∫ N exp[u]; from exact samples of the target, with β falling from 1 to 0, E[w] is the inverse of that. So the
logarithm of a mean of w is, on average, too low in the first case, and its negative too high in the second (Grosse et
al. 2015).

Step sizes are found in a run of their own and fixed in the one that counts: kernels that adapt on the way, as is often
done, leave no density as it is.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from jebm_tf import seeds
from jebm_tf.distributions import normal_log_prob
from jebm_tf.types import Latents, LogDensity, Seed

_ACCEPTANCE, _GAIN = 0.65, 0.1  # what step sizes aim at, and how fast
_JITTER = 0.2  # by which share step sizes vary, up and down


class Annealed(NamedTuple):
    """Where annealed chains ended.

    Attributes:
      log_weight: log w, `[batch]`, float64.
      position: the last, at the last temperature.
      acceptance: probability of each transition, `[temperatures − 1, batch]`.
      step_sizes: that were used, before they were varied at random, `[temperatures − 1, batch]`.
    """

    log_weight: tf.Tensor
    position: Latents
    acceptance: tf.Tensor
    step_sizes: tf.Tensor


def sigmoid_schedule(number: int, sharpness: float = 4.0) -> np.ndarray:
    """`number` + 1 inverse temperatures from 0 to 1, densest at both ends (Grosse et al. 2015)."""
    grid = 1.0 / (1.0 + np.exp(-sharpness * np.linspace(-1.0, 1.0, number + 1)))
    return (grid - grid[0]) / (grid[-1] - grid[0])


def anneal(
    tilt: LogDensity,
    initial: Latents,
    seed: Seed,
    *,
    betas: tf.Tensor,
    step_sizes: tf.Tensor,
    adapt: bool = False,
    leapfrog_steps: int = 10,
) -> Annealed:
    """One transition at each temperature but the first. Call it inside a `tf.function`.

    Args:
      tilt: u, `[batch]`.
      initial: samples of the density at `betas[0]`, one `[batch, dim]` per layer.
      seed: stateless seed.
      betas: inverse temperatures, rising or falling, `[temperatures]`.
      step_sizes: of leapfrog steps at each transition, for each chain: `[temperatures − 1, batch]`.
      adapt: take the first step sizes only, and adapt each chain's on the way; for finding step sizes.
      leapfrog_steps: of each transition.
    """
    count = tf.shape(betas)[0] - 1

    def body(t, position, log_weight, sizes, arrays):
        beta, here = betas[t + 1], seeds.fold(seed, t)
        log_weight += tf.cast(beta - betas[t], tf.float64) * tf.cast(tilt(position), tf.float64)
        used = sizes if adapt else step_sizes[t]

        def target(*z):
            return tf.add_n([normal_log_prob(e, 0.0, 1.0) for e in z]) + beta * tilt(z)

        # Of a length that differs at random, lest a trajectory of Gaussian coordinates come back to where it began.
        lengths = used * seeds.uniform(tf.shape(used), seeds.fold(here, 0)) * 2.0 * _JITTER + used * (1.0 - _JITTER)
        position, accepted = _transition(target, position, lengths, leapfrog_steps, seeds.fold(here, 1))
        sizes *= tf.exp(_GAIN * (accepted - _ACCEPTANCE))
        return t + 1, position, log_weight, sizes, (arrays[0].write(t, accepted), arrays[1].write(t, used))

    arrays = tuple(tf.TensorArray(tf.float32, size=count, element_shape=step_sizes.shape[1:]) for _ in range(2))
    zero = tf.zeros(tf.shape(initial[0])[0], tf.float64)
    start = (tf.constant(0), tuple(initial), zero, step_sizes[0], arrays)
    _, position, log_weight, _, arrays = tf.while_loop(
        lambda t, *_: t < count, body, start, parallel_iterations=1, maximum_iterations=count
    )
    return Annealed(log_weight, position, *(array.stack() for array in arrays))


def _transition(target, position: Latents, step_sizes: tf.Tensor, leapfrog_steps: int, seed: Seed):
    """The next position, and the probability with which each chain's step was taken."""
    kernel = tfp.mcmc.HamiltonianMonteCarlo(
        target, step_size=step_sizes[:, tf.newaxis], num_leapfrog_steps=leapfrog_steps
    )
    state = list(position)
    state, results = kernel.one_step(state, kernel.bootstrap_results(state), seed=seed.key)
    probability = tf.exp(tf.minimum(results.log_accept_ratio, 0.0))
    probability = tf.where(tf.math.is_finite(probability), probability, 0.0)
    return tuple(tf.stop_gradient(z) for z in state), probability
