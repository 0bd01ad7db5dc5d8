"""Proves that the n-th sample of a seed is one image, however many are asked for and in whichever form."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampling import BLOCK, image_parts, part_size, sample_images, sample_part
from tests.small_models import conv_model

CHAIN = PriorChain(num_steps=3)
ROUNDING = 1e-5  # matrix products of different heights round differently


@pytest.fixture(scope="module")
def model():
    return conv_model(scale=0.5)


@pytest.fixture(scope="module")
def draw(model):
    return tf.function(
        lambda num, seed: sample_images(model, CHAIN, num, seed),
        input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.int32)],
    )


@pytest.mark.parametrize("num", [1, 3, BLOCK - 1, BLOCK, BLOCK + 1, 300])
def test_fewer_are_the_first_ones(draw, num):
    images = draw(num, 4)
    assert images.shape == (num, 8, 8, 1)
    np.testing.assert_allclose(images, draw(600, 4)[:num], atol=ROUNDING)


def test_samples_differ_within_and_across_blocks(draw):
    flat = draw(600, 4).numpy().reshape(600, -1)
    assert len(np.unique(flat.round(4), axis=0)) == 600


def test_seeds(draw):
    np.testing.assert_array_equal(draw(5, 1), draw(5, 1))
    assert (draw(5, 1).numpy() != draw(5, 2).numpy()).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("num", [3, BLOCK, 300])
def test_blocks_hold_the_same_images_and_their_latents(model, draw, num):
    blocks = list(image_parts(model, CHAIN, num, seed=4))
    assert [len(images) for images, _ in blocks] == [min(BLOCK, num - start) for start in range(0, num, BLOCK)]
    np.testing.assert_allclose(np.concatenate([images for images, _ in blocks]), draw(num, 4), atol=ROUNDING)
    for images, z in blocks:
        np.testing.assert_allclose(model.decode(z), images, atol=ROUNDING)


def test_a_block_is_the_chain_with_the_blocks_seed(model):
    _, found = sample_part(model, CHAIN, tf.constant(BLOCK), tf.constant(4), 9)
    expected = CHAIN.sample(model, 4, seeds.fold(seeds.root_seed(9), 1))
    np.testing.assert_array_equal(found[0], expected[0])


@pytest.mark.parametrize("chain", [CHAIN, PriorChain(num_steps=3, adjusted=True), ImportanceResampler(70)])
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_how_many_are_computed_at_once_does_not_matter(model, chain, batch_size):
    num = 11 if batch_size == 1 else BLOCK + 40
    whole = np.concatenate([x for x, _ in image_parts(model, chain, num, seed=4)])
    parts = [x for x, _ in image_parts(model, chain, num, seed=4, batch_size=batch_size)]
    assert max(map(len, parts)) == min(num, part_size(batch_size))
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=ROUNDING)
    exported = tf.function(lambda: sample_images(model, chain, tf.constant(num), tf.constant(4), batch_size))()
    np.testing.assert_allclose(exported, whole, atol=ROUNDING)


def test_sizes_of_parts():
    assert [part_size(n) for n in (1, 2, 3, 100, 255, 256, 257, 5000)] == [1, 2, 4, 128, 256, 256, 256, 256]
    with pytest.raises(ValueError, match="batch_size = 0: must be 1 or more"):
        part_size(0)
