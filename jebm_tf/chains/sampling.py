"""Samples of the learned prior by number and seed: the n-th sample of a seed is one image, whatever is asked beside it.

Samples come in blocks of `BLOCK` chains. A block's noise depends on (seed, block) alone, and a shorter block takes the
first rows of the same noise, so neither the total nor the batch size changes a sample.
"""

from collections.abc import Iterator

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents

BLOCK = 256


def sample_block(model: JointModel, chain: PriorChain, block: tf.Tensor, size: tf.Tensor, seed: tf.Tensor) -> Latents:
    """The first `size` ≤ `BLOCK` samples of a block; all three numbers are integers or int32 scalars."""
    return chain.sample(model, size, seeds.fold(seeds.root_seed(seed), block))


def image_blocks(model: JointModel, chain: PriorChain, num: int, seed: int) -> Iterator[tuple[tf.Tensor, Latents]]:
    """`num` images in [−1, 1] and their latents, a block at a time."""

    @tf.function
    def draw(block, size, seed):
        z = sample_block(model, chain, block, size, seed)
        return model.decode(z), z

    for start in range(0, num, BLOCK):
        numbers = (start // BLOCK, min(BLOCK, num - start), seed)
        yield draw(*(tf.constant(number, tf.int32) for number in numbers))


def sample_images(model: JointModel, chain: PriorChain, num: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """`image_blocks` as one graph: images `[num, height, width, channels]` in [−1, 1].

    Args:
      num: how many, int32 scalar, 1 or more.
      seed: int32 scalar.
    """
    blocks = (num + BLOCK - 1) // BLOCK
    shape = tf.TensorShape([None, *model.backbone.image_shape])
    images = tf.TensorArray(tf.float32, size=blocks, element_shape=shape, infer_shape=False)

    def body(block, images):
        size = tf.minimum(BLOCK, num - block * BLOCK)
        return block + 1, images.write(block, model.decode(sample_block(model, chain, block, size, seed)))

    _, images = tf.while_loop(lambda block, _: block < blocks, body, (tf.constant(0), images), parallel_iterations=1)
    return images.concat()
