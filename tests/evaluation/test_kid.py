"""Proves that the kernel distance is unbiased, what its kernel is, and that it is tensorflow-gan's."""

import numpy as np
import pytest

from jebm_tf.errors import UserError
from jebm_tf.evaluation.kid import kernel_distance
from tests.evaluation import tfgan
from tests.monte_carlo import assert_mean


def test_by_hand():
    real, generated = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([[2.0, 1.0], [0.0, -1.0], [1.0, 3.0]])

    def kernel(a, b):
        return (a @ b.T / 2.0 + 1.0) ** 3

    def off_diagonal(k):
        return (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))

    expected = off_diagonal(kernel(real, real)) + off_diagonal(kernel(generated, generated))
    expected -= 2.0 * kernel(real, generated).mean()
    found = kernel_distance(real, generated)
    assert found.distance == pytest.approx(expected)
    assert found.standard_error is None  # one block


@pytest.mark.parametrize(("number", "block_size"), [(500, 100), (460, 100), (90, 100)])
def test_against_tensorflow_gan(number, block_size):
    rng = np.random.default_rng(4)
    real, generated = rng.normal(size=(500, 6)), rng.normal(0.2, 1.1, size=(number, 6))
    found = kernel_distance(real, generated, block_size, seed=7)
    rng = np.random.default_rng(7)
    distance, error = tfgan.kernel_distance(
        *(rng.permutation(features)[:images] for features, images in zip((real, generated), found.images, strict=True)),
        block_size,
    )
    assert found.distance == pytest.approx(distance, rel=1e-10)
    assert found.standard_error == (pytest.approx(error, rel=1e-10) if number > block_size else None)


def test_it_is_unbiased_for_any_number_of_features():
    """Two samples of one law are at distance 0 on average, however few; the Fréchet distance of as many is not."""
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(400, 2, 12, 3))
    assert_mean([kernel_distance(*pair)[0] for pair in draws], 0.0)


def test_unlike_numbers_and_blocks():
    rng = np.random.default_rng(1)
    real, generated = rng.normal(size=(3000, 4)), rng.normal(0.3, 1.0, size=(1000, 4))
    whole = kernel_distance(real, generated, block_size=3000)
    parts = kernel_distance(real, generated, block_size=100)
    assert (whole.blocks, whole.images) == (1, [3000, 1000])
    assert (parts.blocks, parts.images) == (10, [1000, 1000])
    assert abs(whole.distance - parts.distance) < 5.0 * parts.standard_error
    assert parts.distance > 5.0 * parts.standard_error


def test_sets_of_very_unlike_sizes_have_a_distance():
    rng = np.random.default_rng(3)
    found = kernel_distance(rng.normal(size=(6000, 3)), rng.normal(size=(10, 3)), block_size=1000)
    assert np.isfinite(found.distance)
    assert found.images == [1000, 10]
    with pytest.raises(UserError, match="two images or more"):
        kernel_distance(rng.normal(size=(6000, 3)), rng.normal(size=(1, 3)))
    for block_size in (0, 1, 2):
        with pytest.raises(UserError, match=f"block_size = {block_size}: leaves fewer than two of 5 images in a block"):
            kernel_distance(rng.normal(size=(6000, 3)), rng.normal(size=(5, 3)), block_size)


def test_the_order_does_not_matter_much_and_the_seed_fixes_it():
    rng = np.random.default_rng(2)
    real, generated = rng.normal(size=(600, 4)), rng.normal(size=(600, 4))
    real = real[real[:, 0].argsort()]  # slices of sorted features would be unlike each other
    assert kernel_distance(real, generated, 50, seed=1) == kernel_distance(real, generated, 50, seed=1)
    distance, error, *_ = kernel_distance(real, generated, 50, seed=1)
    assert abs(distance) < 5.0 * error
