"""Unadjusted Langevin dynamics (Eq. 12) on any log density over latents.

Convention, used everywhere in this project: `step_size` is δ in

    z  ←  z + (δ² / 2) ∇ log p(z) + ν δ ε,      ε ~ N(0, I),

so the s of the paper's Eq. 12 is δ² / 2. Signs: the gradient of the log density is *added*. `noise_scale` is ν; the
chain then targets p^(1/ν²), and ν = 0 is gradient ascent. On N(0, 1) with ν = 1 the stationary variance is
1 / (1 − δ²/4), not 1: that is the bias of leaving out the Metropolis correction, and `ChainTrace.acceptance` shows
how large it is.

Noise is drawn outside the part that XLA compiles, since XLA's normal numbers differ from TensorFlow's for one seed:
with jit on or off a chain is the same chain.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.types import Latents, LogDensity, Seed


class LangevinState(NamedTuple):
    """Where a traced chain is. `log_density` `[batch]` and `gradient` belong to `position`."""

    position: Latents
    log_density: tf.Tensor
    gradient: Latents


class ChainTrace(NamedTuple):
    """What happened at each of K steps, all `[K, batch]`.

    Attributes:
      log_density: log p at the start of the step.
      gradient_norm: ‖∇ log p‖ over all layers, at the start of the step.
      acceptance: the probability with which Metropolis-Hastings would have accepted the step.
      observed: whatever `observe` returned for the position at the start of the step.
    """

    log_density: tf.Tensor
    gradient_norm: tf.Tensor
    acceptance: tf.Tensor
    observed: dict[str, tf.Tensor]


Observe = Callable[[Latents], dict[str, tf.Tensor]]


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


def sample_chain(
    log_density: LogDensity,
    initial: Latents,
    seed: Seed,
    *,
    num_steps: int | tf.Tensor,
    step_size: float,
    noise_scale: float = 1.0,
    jit: bool = False,
) -> Latents:
    """Runs `num_steps` unadjusted Langevin steps; K steps cost K gradients of `log_density`.

    Call it inside a `tf.function`. Memory does not grow with the number of steps.

    Args:
      log_density: the target.
      initial: where the chains start, one per example.
      seed: every step and layer folds its own index into it.
      num_steps: K, 0 or more.
      step_size: δ, positive.
      noise_scale: ν, 0 or more.
      jit: compile each step with XLA.

    Returns:
      The last position, detached from gradients.
    """

    def step(position: Latents, noise: Latents) -> Latents:
        _, gradient = value_and_gradient(log_density, position)
        return move(position, gradient, noise, step_size, noise_scale)

    step = _compile(step, jit)

    def body(k, position):
        return k + 1, step(position, seeds.normal_like(position, seeds.fold(seed, k)))

    _, position = tf.while_loop(
        lambda k, _: k < num_steps, body, (tf.constant(0), tuple(initial)), parallel_iterations=1
    )
    return tuple(tf.stop_gradient(z) for z in position)


def sample_chain_with_trace(
    log_density: LogDensity,
    initial: Latents,
    seed: Seed,
    *,
    num_steps: int | tf.Tensor,
    step_size: float,
    noise_scale: float = 1.0,
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

    def advance(state: LangevinState, noise: Latents) -> tuple[LangevinState, tf.Tensor]:
        position = move(state.position, state.gradient, noise, step_size, noise_scale)
        new = LangevinState(position, *value_and_gradient(log_density, position))
        return new, tf.exp(log_acceptance(state, new, noise, step_size, noise_scale))

    advance = _compile(advance, jit)
    start = LangevinState(tuple(initial), *value_and_gradient(log_density, tuple(initial)))
    row = ChainTrace(start.log_density, start.log_density, start.log_density, observe(start.position))
    arrays = tf.nest.map_structure(lambda t: tf.TensorArray(t.dtype, size=num_steps, element_shape=t.shape), row)

    def body(k, state, arrays):
        new, acceptance = advance(state, seeds.normal_like(state.position, seeds.fold(seed, k)))
        norm = tf.sqrt(_squared_norm(state.gradient))
        row = ChainTrace(state.log_density, norm, acceptance, observe(state.position))
        return k + 1, new, tf.nest.map_structure(lambda a, t: a.write(k, t), arrays, row)

    _, state, arrays = tf.while_loop(
        lambda k, *_: k < num_steps, body, (tf.constant(0), start, arrays), parallel_iterations=1
    )
    position = tuple(tf.stop_gradient(z) for z in state.position)
    return position, tf.nest.map_structure(lambda a: a.stack(), arrays)


def _compile(step, jit: bool):
    return tf.function(step, jit_compile=True, autograph=False) if jit else step


def _squared_norm(latents: Latents) -> tf.Tensor:
    return tf.add_n([tf.reduce_sum(tf.square(z), axis=tuple(range(1, len(z.shape)))) for z in latents])
