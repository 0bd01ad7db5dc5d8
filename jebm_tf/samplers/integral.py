"""Integrals of N(ε; 0, I) exp[u(ε)], bracketed by annealed importance sampling forth and back."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.samplers.annealed import anneal, sigmoid_schedule
from jebm_tf.types import Latents, LogDensity, Seed

_START, _PILOT, _FORTH, _CHOICE, _SETTLE, _BACK = range(6)  # what a seed is split for
_FIRST_STEP = 0.1  # of leapfrog steps, before the pilot run adapts it


class Annealing(NamedTuple):
    """How to anneal.

    Attributes:
      chains: for each integral.
      temperatures: transitions from one end to the other.
      leapfrog_steps: of each transition.
    """

    chains: int
    temperatures: int
    leapfrog_steps: int


class Bracket(NamedTuple):
    """Estimates of the logarithm of integrals.

    Attributes:
      low: by chains that begin at N(0, I), `[problems]`: too low on average.
      high: by chains that go back from where those ended, `[problems]`: too high on average.
      acceptance: mean over the transitions forth.
    """

    low: tf.Tensor
    high: tf.Tensor
    acceptance: tf.Tensor


def log_integral(
    tilt: LogDensity, dims: Sequence[int], problems: int | tf.Tensor, annealing: Annealing, seed: Seed
) -> Bracket:
    """log ∫ N(ε; 0, I) exp[u(ε)] dε for several u at once. Call it inside a `tf.function`.

    The way back begins at one of the ends of a problem's chains, chosen by weight and moved on at β = 1: as good as an
    exact sample where the chains have arrived, which a wide bracket would put in doubt.

    Args:
      tilt: u of `[problems * chains]` points, those of one problem in a row.
      dims: of each layer of ε.
      problems: how many integrals.
      annealing: how.
      seed: stateless seed.
    """
    chains, temperatures = annealing.chains, annealing.temperatures
    betas = tf.constant(sigmoid_schedule(temperatures), tf.float32)
    settings = {"leapfrog_steps": annealing.leapfrog_steps}
    start = tuple(
        seeds.normal([problems * chains, dim], seeds.fold(seed, _START, layer)) for layer, dim in enumerate(dims)
    )
    first = tf.fill([temperatures], _FIRST_STEP)
    pilot = anneal(tilt, start, seeds.fold(seed, _PILOT), betas=betas, step_sizes=first, adapt=True, **settings)
    sizes = pilot.step_sizes
    forth = anneal(tilt, start, seeds.fold(seed, _FORTH), betas=betas, step_sizes=sizes, **settings)
    ends = _choose(forth.position, forth.log_weight, problems, chains, seeds.fold(seed, _CHOICE))
    still = max(20, temperatures // 10)
    settled = anneal(
        tilt,
        ends,
        seeds.fold(seed, _SETTLE),
        betas=tf.ones([still + 1]),
        step_sizes=tf.fill([still], sizes[-1]),
        **settings,
    ).position
    # The kernel at β_t has the same step size on both ways; the last transition back is at β = 0.
    back_sizes = tf.concat([sizes[:-1][::-1], sizes[:1]], axis=0)
    back = anneal(tilt, settled, seeds.fold(seed, _BACK), betas=betas[::-1], step_sizes=back_sizes, **settings)
    low = _log_mean_exp(forth.log_weight, problems, chains)
    high = -_log_mean_exp(back.log_weight, problems, chains)
    return Bracket(low, high, tf.reduce_mean(forth.acceptance))


def _choose(position: Latents, log_weight: tf.Tensor, problems, chains: int, seed: Seed) -> Latents:
    """As many ends per problem as there are chains, drawn among them by weight."""
    log_weight = tf.reshape(log_weight, [problems, chains])
    chosen = tf.random.stateless_categorical(log_weight, chains, seed, dtype=tf.int32)
    rows = tf.reshape(chosen + chains * tf.range(problems)[:, tf.newaxis], [-1])
    return tuple(tf.gather(z, rows) for z in position)


def _log_mean_exp(log_weight: tf.Tensor, problems, chains: int) -> tf.Tensor:
    return tf.reduce_logsumexp(tf.reshape(log_weight, [problems, chains]), axis=1) - math.log(chains)
