"""Proves that the n-th sample of a seed is one image, however many are asked for and in whichever form."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampling import BLOCK, image_blocks, sample_block, sample_images
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
    blocks = list(image_blocks(model, CHAIN, num, seed=4))
    assert [len(images) for images, _ in blocks] == [min(BLOCK, num - start) for start in range(0, num, BLOCK)]
    np.testing.assert_allclose(np.concatenate([images for images, _ in blocks]), draw(num, 4), atol=ROUNDING)
    for images, z in blocks:
        np.testing.assert_allclose(model.decode(z), images, atol=ROUNDING)


def test_a_block_is_the_chain_with_the_blocks_seed(model):
    found = sample_block(model, CHAIN, 1, 4, 9)
    expected = CHAIN.sample(model, 4, seeds.fold(seeds.root_seed(9), 1))
    np.testing.assert_array_equal(found[0], expected[0])
