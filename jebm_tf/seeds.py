"""Stateless randomness: every draw is a pure function of (run seed, purpose, step, chain step, layer).

Draws belong to the *global* batch: each replica computes the noise of all examples and keeps the rows of its own.
Replicas therefore never share noise, and one replica and eight give the same run up to rounding. The price is
that each replica draws the others' noise too: nothing beside one pass through a shallow generator, but with a deep
hierarchy's million latents an image as many numbers a chain step as the global batch has.

A batch that is too large to be computed at once can be computed in parts, with the noise that it would have had, see
`rows_after`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_passed: ContextVar[int | tf.Tensor] = ContextVar("rows of a batch that come before those being drawn", default=0)


def root_seed(seed: int | tf.Tensor) -> Seed:
    """The stateless seed, int32 `[2]`, of an integer run seed."""
    return tf.stack([tf.cast(seed, tf.int32), tf.constant(Purpose.ROOT, tf.int32)])


def fold(seed: Seed, *data: int | tf.Tensor) -> Seed:
    """Derives a seed that is specific to `data` (integers), applied in order."""
    for item in data:
        seed = tf.random.experimental.stateless_fold_in(seed, tf.cast(item, tf.int32))
    return seed


def normal(shape, seed: Seed) -> tf.Tensor:
    """Standard normal noise of `shape`, whose first axis is this replica's part of the global batch."""
    return _rows(tf.random.stateless_normal, shape, seed)


def uniform(shape, seed: Seed) -> tf.Tensor:
    """Uniform numbers in [0, 1) of `shape`, whose first axis is this replica's part of the global batch."""
    return _rows(tf.random.stateless_uniform, shape, seed)


@contextmanager
def rows_after(passed: int | tf.Tensor) -> Iterator[None]:
    """A block whose draws are a later part of a batch: of each, the first `passed` rows are drawn and left out."""
    token = _passed.set(passed)
    try:
        yield
    finally:
        _passed.reset(token)


def _rows(draw, shape, seed: Seed) -> tf.Tensor:
    """Draws for the global batch and keeps this replica's rows, or those of the part that is asked for."""
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    local, passed = shape[0], _passed.get()
    if replicas == 1 and isinstance(passed, int) and not passed:
        return draw(shape, seed)
    before = passed + context.replica_id_in_sync_group * local if replicas > 1 else passed
    return draw([passed + replicas * local, *shape[1:]], seed)[before:][:local]


def normal_like(latents: Latents, seed: Seed) -> Latents:
    """Independent standard normal noise for every layer, shaped like `latents`."""
    return tuple(normal([tf.shape(z)[0], *z.shape[1:]], fold(seed, i)) for i, z in enumerate(latents))
