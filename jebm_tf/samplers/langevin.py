"""Langevin dynamics (Eq. 12) on any log density over latents, with or without the Metropolis-Hastings correction.

Convention, used everywhere in this project: `step_size` is δ in

    z  ←  z + (δ² / 2) ∇ log p(z) + ν δ ε,      ε ~ N(0, I),

so the s of the paper's Eq. 12 is δ² / 2. Signs: the gradient of the log density is *added*. `noise_scale` is ν; the
chain then targets p^(1/ν²), and ν = 0 is gradient ascent. On N(0, 1) with ν = 1 the stationary variance is
1 / (1 − δ²/4), not 1: that is the bias of leaving out the Metropolis-Hastings correction, and `ChainTrace.acceptance`
shows how large it is. `adjusted` chains have the correction ("MALA"): a step is taken with that probability, else the
chain stays, and p^(1/ν²) is stationary exactly.

With jit on or off a chain is the same chain up to rounding, since noise is the same in compiled code (`jebm_tf.seeds`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.types import Latents, LogDensity, Seed


class LangevinState(NamedTuple):
    """Where a traced or adjusted chain is. `log_density` `[batch]` and `gradient` belong to `position`."""

    position: Latents
    log_density: tf.Tensor
    gradient: Latents


class ChainTrace(NamedTuple):
    """What happened at each of K steps, all `[K, batch]`.

    Attributes:
      log_density: log p at the start of the step.
      gradient_norm: ‖∇ log p‖ over all layers, at the start of the step.
      acceptance: the probability with which Metropolis-Hastings accepts, or would have accepted, the step.
      observed: whatever structure `observe` returned for the position at the start of the step.
    """

    log_density: tf.Tensor
    gradient_norm: tf.Tensor
    acceptance: tf.Tensor
    observed: Any


Observe = Callable[[Latents], Any]
"""Position → a structure of `[batch, ...]` tensors."""


def value_and_gradient(log_density: LogDensity, position: Latents) -> tuple[tf.Tensor, Latents]:
    """log p, `[batch]`, and its gradient with respect to every layer."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(position)
        value = log_density(position)
    gradient = tape.gradient(value, position, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return value, tuple(gradient)


def move(position: Latents, gradient: Latents, noise: Latents, step_size: float, noise_scale: float = 1.0) -> Latents:
    """One Langevin proposal, Eq. 12 in the convention of this module."""
    return tuple(
        z + 0.5 * step_size**2 * g + noise_scale * step_size * e
        for z, g, e in zip(position, gradient, noise, strict=True)
    )


def log_acceptance(
    old: LangevinState, new: LangevinState, noise: Latents, step_size: float, noise_scale: float = 1.0
) -> tf.Tensor:
    """log of the Metropolis-Hastings acceptance probability of `old` → `new` for the target p^(1/ν²), `[batch]`.

    `noise` is the ε that made the proposal. With ν = 0 there is no proposal density; 0 (accepted) where the
    log density did not fall, −inf elsewhere.
    """
    rise = new.log_density - old.log_density
    if noise_scale == 0.0:
        return tf.where(rise >= 0.0, 0.0, -float("inf"))
    backward = tuple(
        (z - z_new - 0.5 * step_size**2 * g_new) / (noise_scale * step_size)
        for z, z_new, g_new in zip(old.position, new.position, new.gradient, strict=True)
    )
    log_ratio = rise / noise_scale**2 + 0.5 * (_squared_norm(noise) - _squared_norm(backward))
    return tf.minimum(log_ratio, 0.0)


def transition(
    old: LangevinState,
    noise: Latents,
    uniform: tf.Tensor | None,
    log_density: LogDensity,
    *,
    step_size: float,
    noise_scale: float = 1.0,
) -> tuple[LangevinState, tf.Tensor]:
    """One step that carries the log density along: the next state, and the acceptance probability `[batch]`.

    `uniform`, `[batch]` in [0, 1), decides whether the proposal is taken; with None it always is. A proposal of density
    zero or NaN is never taken by a chain that decides.
    """
    position = move(old.position, old.gradient, noise, step_size, noise_scale)
    new = LangevinState(position, *value_and_gradient(log_density, position))
    log_probability = log_acceptance(old, new, noise, step_size, noise_scale)
    if uniform is not None:
        log_probability = tf.where(tf.math.is_nan(log_probability), -float("inf"), log_probability)
        taken = tf.math.log(uniform) < log_probability

        def select(a, b):
            return tf.where(tf.reshape(taken, [-1] + [1] * (len(a.shape) - 1)), a, b)

        new = tf.nest.map_structure(select, new, old)
    return new, tf.exp(log_probability)


def sample_chain(
    log_density: LogDensity,
    initial: Latents,
    seed: Seed,
    *,
    num_steps: int | tf.Tensor,
    step_size: float,
    noise_scale: float = 1.0,
    adjusted: bool = False,
    jit: bool = False,
) -> Latents:
    """Runs `num_steps` Langevin steps; K steps cost K gradients of `log_density`, adjusted ones K + 1.

    Call it inside a `tf.function`. Memory does not grow with the number of steps.

    Args:
      log_density: the target.
      initial: where the chains start, one per example.
      seed: every step and layer folds its own index into it.
      num_steps: K, 0 or more.
      step_size: δ, positive.
      noise_scale: ν, 0 or more.
      adjusted: with the Metropolis-Hastings correction.
      jit: compile each step with XLA.

    Returns:
      The last position, detached from gradients.
    """

    def step(position: Latents, noise: Latents) -> Latents:
        _, gradient = value_and_gradient(log_density, position)
        return move(position, gradient, noise, step_size, noise_scale)

    def adjusted_step(state: LangevinState, noise: Latents, uniform: tf.Tensor) -> LangevinState:
        return transition(state, noise, uniform, log_density, step_size=step_size, noise_scale=noise_scale)[0]

    start = tuple(initial)
    if adjusted:
        start = LangevinState(start, *value_and_gradient(log_density, start))
    compiled = _compile(adjusted_step if adjusted else step, jit)

    def body(k, state):
        noise = _step_noise(state.position if adjusted else state, seeds.fold(seed, k), adjusted)
        return k + 1, compiled(state, *noise)

    _, end = tf.while_loop(lambda k, _: k < num_steps, body, (tf.constant(0), start), parallel_iterations=1)
    return tuple(tf.stop_gradient(z) for z in (end.position if adjusted else end))


def sample_chain_with_trace(
    log_density: LogDensity,
    initial: Latents,
    seed: Seed,
    *,
    num_steps: int | tf.Tensor,
    step_size: float,
    noise_scale: float = 1.0,
    adjusted: bool = False,
    jit: bool = False,
    observe: Observe | None = None,
) -> tuple[Latents, ChainTrace]:
    """`sample_chain` and what happened on the way: the same positions for the same seed, K + 1 gradients.

    Args:
      observe: called on the position at the start of each step; its tensors are stacked over steps.
      (the others): as in `sample_chain`.

    Returns:
      The last position and a `ChainTrace`.
    """
    observe = observe or (lambda _: {})

    def advance(state: LangevinState, noise: Latents, uniform: tf.Tensor | None = None):
        return transition(state, noise, uniform, log_density, step_size=step_size, noise_scale=noise_scale)

    advance = _compile(advance, jit)
    start = LangevinState(tuple(initial), *value_and_gradient(log_density, tuple(initial)))
    row = ChainTrace(start.log_density, start.log_density, start.log_density, observe(start.position))
    arrays = tf.nest.map_structure(lambda t: tf.TensorArray(t.dtype, size=num_steps, element_shape=t.shape), row)

    def body(k, state, arrays):
        new, acceptance = advance(state, *_step_noise(state.position, seeds.fold(seed, k), adjusted))
        norm = tf.sqrt(_squared_norm(state.gradient))
        row = ChainTrace(state.log_density, norm, acceptance, observe(state.position))
        return k + 1, new, tf.nest.map_structure(lambda a, t: a.write(k, t), arrays, row)

    _, state, arrays = tf.while_loop(
        lambda k, *_: k < num_steps, body, (tf.constant(0), start, arrays), parallel_iterations=1
    )
    position = tuple(tf.stop_gradient(z) for z in state.position)
    return position, tf.nest.map_structure(lambda a: a.stack(), arrays)


def _step_noise(position: Latents, seed: Seed, adjusted: bool) -> tuple:
    """ε for every layer and, for adjusted chains, the number in [0, 1) that decides on the step."""
    noise = seeds.normal_like(position, seed)
    if not adjusted:
        return (noise,)
    return noise, seeds.uniform([tf.shape(position[0])[0]], seeds.fold(seed, len(position)))


def _compile(step, jit: bool):
    return tf.function(step, jit_compile=True, autograph=False) if jit else step


def _squared_norm(latents: Latents) -> tf.Tensor:
    return tf.add_n([tf.reduce_sum(tf.square(z), axis=tuple(range(1, len(z.shape)))) for z in latents])
