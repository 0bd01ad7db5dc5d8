"""Stateless randomness: every draw is a pure function of (run seed, purpose, step, chain step, layer).

Draws belong to the *global* batch: each replica computes the noise of all examples and keeps the rows of its own.
Replicas therefore never share noise, and one replica and eight give the same run up to rounding. The price is
that each replica draws the others' noise too: nothing beside one pass through a shallow generator, but with a deep
hierarchy's million latents an image as many numbers a chain step as the global batch has.
"""

import tensorflow as tf

from jebm_tf.types import Latents, Seed


def root_seed(seed: int | tf.Tensor) -> Seed:
    """The stateless seed, int32 `[2]`, of an integer run seed."""
    return tf.stack([tf.cast(seed, tf.int32), tf.constant(0x1EB3, tf.int32)])


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


def _rows(draw, shape, seed: Seed) -> tf.Tensor:
    """Draws for the global batch and keeps this replica's rows."""
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    if replicas == 1:
        return draw(shape, seed)
    local = shape[0]
    everyone = draw([replicas * local, *shape[1:]], seed)
    return everyone[context.replica_id_in_sync_group * local :][:local]


def normal_like(latents: Latents, seed: Seed) -> Latents:
    """Independent standard normal noise for every layer, shaped like `latents`."""
    return tuple(normal([tf.shape(z)[0], *z.shape[1:]], fold(seed, i)) for i, z in enumerate(latents))
