"""Integrals of N(ε; 0, I) exp[u(ε)], bracketed by annealed importance sampling forth and back."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.samplers.annealed import anneal, sigmoid_schedule
from jebm_tf.types import Latents, LogDensity, Seed

_START, _PILOT, _PILOT_STEPS, _FORTH, _CHOICE, _SETTLE, _BACK = range(7)  # what a seed is split for
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
    """Estimates of the logarithm of integrals, `[problems]` each, float64.

    Attributes:
      low: by chains that begin at N(0, I): too low on average, always.
      high: by chains that go back from where those ended: too high on average, as far as the ends are samples of the
        target. A mode that no chain has found makes both too low, however near to each other they are.
      effective_chains: (Σ w)² / Σ w² of the chains forth: how many of them count.
      acceptance: the least over temperatures of the mean over chains, forth.
    """

    low: tf.Tensor
    high: tf.Tensor
    effective_chains: tf.Tensor
    acceptance: tf.Tensor


def log_integral(
    tilt: LogDensity,
    dims: Sequence[int],
    problems: int | tf.Tensor,
    annealing: Annealing,
    seed: Seed,
    *,
    exact: Latents | None = None,
) -> Bracket:
    """log ∫ N(ε; 0, I) exp[u(ε)] dε for several u at once. Call it inside a `tf.function`.

    Args:
      tilt: u of `[problems * chains]` points, those of one problem in a row.
      dims: of each layer of ε.
      problems: how many integrals.
      annealing: how.
      seed: stateless seed.
      exact: samples of the targets, one `[problems, dim]` per layer, at which the way back then begins, so that `high`
        is too high on average without reserve (bidirectional Monte Carlo, Grosse et al. 2015). Without them it begins
        at the ends of the way forth, chosen among each problem's chains by weight.
    """
    betas = tf.constant(sigmoid_schedule(annealing.temperatures), tf.float32)
    settings: dict[str, Any] = {"betas": betas, "leapfrog_steps": annealing.leapfrog_steps}
    batch = problems * annealing.chains

    def start(purpose: int) -> Latents:
        return tuple(seeds.normal([batch, dim], seeds.fold(seed, purpose, layer)) for layer, dim in enumerate(dims))

    # 1. A pilot run adapts step sizes; from then on they are fixed, so that every kernel leaves its density as it is.
    #    All chains of a problem share them: what a chain did in the pilot must not decide how it is moved later.
    first = tf.fill([annealing.temperatures, batch], _FIRST_STEP)
    pilot = anneal(tilt, start(_PILOT), seeds.fold(seed, _PILOT_STEPS), step_sizes=first, adapt=True, **settings)
    sizes = _shared(pilot.step_sizes, problems, annealing.chains)
    # 2. Forth, from exact samples of N(0, I): the mean of w is the integral, so that log of it is too low on average.
    forth = anneal(tilt, start(_START), seeds.fold(seed, _FORTH), step_sizes=sizes, **settings)
    # 3. The way back must begin at samples of the target: known ones, or ends of the way forth drawn by their weights,
    #    moved on at β = 1 so that those drawn more than once part.
    if exact is None:
        ends = _choose(forth.position, forth.log_weight, problems, annealing.chains, seeds.fold(seed, _CHOICE))
    else:
        ends = tuple(tf.repeat(z, annealing.chains, axis=0) for z in exact)
    still = max(20, annealing.temperatures // 10)
    settle = settings | {"betas": tf.ones([still + 1]), "step_sizes": tf.repeat(sizes[-1:], still, axis=0)}
    ends = anneal(tilt, ends, seeds.fold(seed, _SETTLE), **settle).position
    # 4. Back, where the mean of w is one over the integral, so that minus its log is too high on average.
    #    The kernel at β_t has the same step sizes on both ways; the last transition back is at β = 0.
    backward = settings | {"betas": betas[::-1], "step_sizes": tf.concat([sizes[:-1][::-1], sizes[:1]], axis=0)}
    back = anneal(tilt, ends, seeds.fold(seed, _BACK), **backward)
    # 5. (Σ w)² / Σ w² with weights that sum to one: how many chains carry the estimate of the way forth.
    weights = tf.nn.softmax(tf.reshape(forth.log_weight, [problems, annealing.chains]))
    return Bracket(
        low=_log_mean_exp(forth.log_weight, problems, annealing.chains),
        high=-_log_mean_exp(back.log_weight, problems, annealing.chains),
        effective_chains=1.0 / tf.reduce_sum(tf.square(weights), axis=1),
        acceptance=tf.reduce_min(tf.reduce_mean(forth.acceptance, axis=1)),
    )


def _shared(step_sizes: tf.Tensor, problems: int | tf.Tensor, chains: int) -> tf.Tensor:
    """The geometric mean over each problem's chains, for each of them; `[temperatures, batch]`."""
    logs = tf.reshape(tf.math.log(step_sizes), [tf.shape(step_sizes)[0], problems, chains])
    return tf.repeat(tf.exp(tf.reduce_mean(logs, axis=2)), chains, axis=1)


def _choose(position: Latents, log_weight: tf.Tensor, problems, chains: int, seed: Seed) -> Latents:
    """As many ends per problem as there are chains, drawn among them by weight."""
    log_weight = tf.reshape(log_weight, [problems, chains])
    chosen = tf.random.stateless_categorical(log_weight, chains, seed.key, dtype=tf.int32)
    rows = tf.reshape(chosen + chains * tf.range(problems)[:, tf.newaxis], [-1])
    return tuple(tf.gather(z, rows) for z in position)


def _log_mean_exp(log_weight: tf.Tensor, problems, chains: int) -> tf.Tensor:
    return tf.reduce_logsumexp(tf.reshape(log_weight, [problems, chains]), axis=1) - math.log(chains)
