"""Stateless randomness: every draw is a pure function of (run seed, purpose, step, chain step, layer) and of its row.

Draws belong to a batch, one row for each example. A row's numbers depend on its place in the batch alone, so that a
batch may be computed in parts, on several replicas or one after the other, and each part draws the rows that it has and
no others: a `Seed` says, beside its key, which row of the batch comes first. Replicas never share noise, and one
replica and eight give the same run up to rounding.

Bits are those of Philox (Salmon et al. 2011), whose counter advances by whole blocks of four numbers per row. They are
the same inside and outside of XLA, and so are uniform numbers; normal ones agree to rounding, since the transform is
written out here (tf.random.stateless_normal gives other numbers in compiled code).
"""

import math
from collections.abc import Sequence

import tensorflow as tf

from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_PHILOX, _BLOCK = 1, 4  # TensorFlow's name of the generator, and how many 32-bit numbers one value of its counter gives
_UNIT = 2.0**-24  # the spacing of float32 below 1: all numbers k _UNIT are distinct and exact


def root_seed(seed: int | tf.Tensor) -> Seed:
    """The stateless seed of an integer run seed, for a batch from its first row on.

    Example:
      >>> seed = jebm.root_seed(7)
      >>> (seed.key.shape, seed.first_row)
      (TensorShape([2]), 0)
    """
    return Seed(tf.stack([tf.cast(seed, tf.int32), tf.constant(Purpose.ROOT, tf.int32)]), 0)


def fold(seed: Seed, *data: int | tf.Tensor) -> Seed:
    """Derives a seed that is specific to `data` (integers), applied in order; for the same rows."""
    key = seed.key
    for item in data:
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(item, tf.int32))
    return Seed(key, seed.first_row)


def from_row(seed: Seed, first_row: int | tf.Tensor) -> Seed:
    """The same seed for the part of a batch that begins at this row of it."""
    return Seed(seed.key, first_row)


def on_replica(seed: Seed, batch: int | tf.Tensor) -> Seed:
    """The seed for this replica's rows of a step's global batch, of which it has `batch`; call it in a step."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return seed
    return from_row(seed, context.replica_id_in_sync_group * batch)


def uniform(shape: Sequence[int | tf.Tensor] | tf.Tensor, seed: Seed) -> tf.Tensor:
    """Uniform numbers in [0, 1), multiples of 2^-24, of `shape`, whose first axis are the seed's rows."""
    rows, width = shape[0], _product(shape[1:])
    return tf.reshape(_UNIT * _top_bits(rows, width, seed)[:, :width], shape)


def normal(shape: Sequence[int | tf.Tensor] | tf.Tensor, seed: Seed) -> tf.Tensor:
    """Standard normal numbers of `shape`, whose first axis are the seed's rows, by Box and Muller's transform.

    Radii are of 2^24 values that are equally probable: no number is beyond 5.9, where 4e-9 of the law would be.
    """
    rows, width = shape[0], _product(shape[1:])
    # Half of each row's numbers make radii, the other half angles; a point's two coordinates are independent.
    for_radius, for_angle = tf.split(_top_bits(rows, width, seed), 2, axis=1)
    radius = tf.sqrt(-2.0 * tf.math.log(_UNIT * (for_radius + 0.5)))
    angle = (2.0 * math.pi * _UNIT) * for_angle
    both = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=1)
    return tf.reshape(both[:, :width], shape)


def normal_like(latents: Latents, seed: Seed) -> Latents:
    """Independent standard normal noise for every layer, shaped like `latents`."""
    return tuple(normal([tf.shape(z)[0], *z.shape[1:]], fold(seed, i)) for i, z in enumerate(latents))


def _top_bits(rows: int | tf.Tensor, width: int | tf.Tensor, seed: Seed) -> tf.Tensor:
    """Integers from 0 to 2^24 − 1 as float32, `[rows, width or up to three more]`, from the seed's first row on."""
    blocks = (width + _BLOCK - 1) // _BLOCK
    key, counter = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed.key)
    # A row owns a whole number of blocks, so that row r begins r · blocks values of the counter after the first.
    passed = tf.cast(seed.first_row, tf.int64) * tf.cast(blocks, tf.int64)
    counter += tf.bitcast(tf.stack([passed, tf.zeros([], tf.int64)]), tf.uint64)
    bits = tf.raw_ops.StatelessRandomUniformFullIntV2(
        shape=[rows, _BLOCK * blocks], key=key, counter=counter, alg=_PHILOX, dtype=tf.uint32
    )
    return tf.cast(tf.bitwise.right_shift(bits, tf.constant(8, tf.uint32)), tf.float32)


def _product(sizes: Sequence[int | tf.Tensor] | tf.Tensor) -> int | tf.Tensor:
    return tf.reduce_prod(sizes) if tf.is_tensor(sizes) else math.prod(sizes)
