"""Samples of the learned prior by number and seed: the n-th sample of a seed is one image, whatever is asked beside it.

Samples come in blocks of `BLOCK` chains. A block's noise depends on (seed, block) alone, and each of its samples has
its own rows of that noise. So neither the total nor how many are computed at once changes a sample, but by rounding.
"""

from collections.abc import Iterator

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents

BLOCK = 256


def part_size(batch_size: int) -> int:
    """`batch_size`, up to `BLOCK`, rounded up to a power of two, so that blocks divide into parts of equal size.

    Raises:
      ValueError: `batch_size` is not 1 or more.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size}: must be 1 or more")
    return min(BLOCK, 1 << (batch_size - 1).bit_length())


def sample_part(
    model: JointModel, sampler: PriorSampler, first: tf.Tensor, size: tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, Latents]:
    """Samples number `first` to `first + size − 1`, all of one block; the three numbers are int32 scalars.

    Returns:
      Images `[size, height, width, channels]` in [−1, 1], and their latents.
    """
    of_block = seeds.fold(seeds.root_seed(seed), first // BLOCK)
    z = sampler.sample(model, size, seeds.from_row(of_block, first % BLOCK))
    return model.image(z, seeds.from_row(seeds.fold(of_block, Purpose.PIXELS), first % BLOCK)), z


def image_parts(
    model: JointModel, sampler: PriorSampler, num: int, seed: int, batch_size: int = BLOCK
) -> Iterator[tuple[tf.Tensor, Latents]]:
    """`num` images in [−1, 1] and their latents, `part_size(batch_size)` at a time."""
    part = part_size(batch_size)

    @tf.function(autograph=False)
    def draw(first, size, seed):
        return sample_part(model, sampler, first, size, seed)

    for first in range(0, num, part):
        yield draw(*(tf.constant(number, tf.int32) for number in (first, min(part, num - first), seed)))


def sample_images(
    model: JointModel, sampler: PriorSampler, num: tf.Tensor, seed: tf.Tensor, batch_size: int = BLOCK
) -> tf.Tensor:
    """`image_parts` as one graph: images `[num, height, width, channels]` in [−1, 1].

    Args:
      num: how many, int32 scalar, 1 or more.
      seed: int32 scalar.
      batch_size: see `part_size`.
    """
    part = part_size(batch_size)
    parts = (num + part - 1) // part
    shape = tf.TensorShape([None, *model.backbone.image_shape])
    images = tf.TensorArray(tf.float32, size=parts, element_shape=shape, infer_shape=False)

    def body(i, images):
        size = tf.minimum(part, num - i * part)
        return i + 1, images.write(i, sample_part(model, sampler, i * part, size, seed)[0])

    _, images = tf.while_loop(lambda i, _: i < parts, body, (tf.constant(0), images), parallel_iterations=1)
    return images.concat()
