"""Proves that streams are distinct, that rows do not depend on how many follow, and that replicas share no noise."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import kstest, norm

from jebm_tf import seeds
from tests.monte_carlo import assert_gaussian
from tests.replicas import two_replicas

ROUNDING = 5e-7  # of logarithms, roots and cosines, which differ by where in a tensor they are taken


def test_fold_gives_distinct_seeds():
    roots = [seeds.root_seed(run) for run in (0, 1, 2)]
    paths = list(itertools.product(range(4), repeat=2)) + [(i,) for i in range(4)]
    found = {tuple(seeds.fold(root, *path).key.numpy()) for root in roots for path in paths}
    assert len(found) == len(roots) * len(paths)


def test_fold_is_in_order_one_at_a_time_and_keeps_the_rows():
    root = seeds.from_row(seeds.root_seed(7), 5)
    np.testing.assert_array_equal(seeds.fold(root, 3, 5).key, seeds.fold(seeds.fold(root, 3), 5).key)
    assert (seeds.fold(root, 3, 5).key.numpy() != seeds.fold(root, 5, 3).key.numpy()).any()
    assert seeds.fold(root, 3).first_row == 5


def test_fold_takes_tensors_of_any_integer_type():
    root = seeds.root_seed(tf.constant(7, tf.int64))
    np.testing.assert_array_equal(seeds.fold(root, tf.constant(3, tf.int64)).key, seeds.fold(seeds.root_seed(7), 3).key)


@pytest.mark.parametrize("width", [1, 3, 4, 26])
def test_normal_numbers_have_their_law_at_every_place_of_a_row(width):
    rows = seeds.normal([40000, width], seeds.root_seed(11)).numpy()
    assert np.isfinite(rows).all()
    for place in range(width):
        assert kstest(rows[:, place], "norm").pvalue > 1e-4, place
    squares = np.corrcoef(np.square(rows).T) if width > 1 else np.eye(1)  # of a point's two coordinates among them
    assert np.abs(squares - np.eye(width)).max() < 5.0 / np.sqrt(40000)


def test_tails_are_where_they_should_be():
    numbers = np.abs(seeds.normal([2_000_000, 4], seeds.root_seed(12)).numpy()).ravel()
    for far in (3.0, 4.0, 4.5):
        expected = 2.0 * norm.sf(far) * numbers.size
        assert abs((numbers > far).sum() - expected) < 5.0 * np.sqrt(expected)
    assert numbers.max() < 5.9


@pytest.mark.parametrize("first", [0, 3])
def test_compiled_code_draws_the_same_numbers(first):
    def draw(key):
        seed = seeds.from_row(seeds.fold(seeds.Seed(key, 0), 2), first)
        return seeds.uniform([50, 7], seed), seeds.normal([50, 7], seed)

    plain, compiled = (tf.function(draw, jit_compile=jit)(seeds.root_seed(4).key) for jit in (False, True))
    np.testing.assert_array_equal(plain[0], compiled[0])
    np.testing.assert_allclose(plain[1], compiled[1], atol=2e-6)


def test_shapes_may_be_known_only_when_the_graph_runs():
    draw = tf.function(lambda like: seeds.normal(tf.shape(like), seeds.root_seed(4)), reduce_retracing=True)
    for shape in ((5, 3), (5, 2, 4)):
        np.testing.assert_allclose(draw(tf.zeros(shape)), seeds.normal(shape, seeds.root_seed(4)), atol=ROUNDING)


def test_streams_are_standard_normal_and_uncorrelated():
    streams = [seeds.normal([20000, 2], seeds.fold(seeds.root_seed(0), k)) for k in range(3)]
    assert_gaussian(np.concatenate(streams, axis=1), np.zeros(6), np.eye(6))


@pytest.mark.parametrize("axes", [(1,), (7,), (4, 3, 2)])
@pytest.mark.parametrize("rows", [1, 5, 257])
def test_fewer_rows_are_the_first_rows(axes, rows):
    seed = seeds.root_seed(3)
    np.testing.assert_allclose(
        seeds.normal([rows, *axes], seed), seeds.normal([1000, *axes], seed)[:rows], atol=ROUNDING
    )


def test_uniform_numbers_are_uniform_and_fewer_are_the_first():
    numbers = seeds.uniform([20000], seeds.root_seed(4)).numpy()
    assert kstest(numbers, "uniform").pvalue > 1e-3
    np.testing.assert_array_equal(seeds.uniform([7], seeds.root_seed(4)), numbers[:7])


@pytest.mark.parametrize("first", [3, tf.constant(3)])
@pytest.mark.parametrize("width", [1, 4, 5])
def test_later_rows_are_those_of_the_whole_batch(first, width):
    seed = seeds.root_seed(3)
    later = seeds.from_row(seed, first)
    np.testing.assert_allclose(seeds.normal([4, width], later), seeds.normal([9, width], seed)[3:7], atol=ROUNDING)
    np.testing.assert_array_equal(seeds.uniform([4], later), seeds.uniform([9], seed)[3:7])


def test_layers_differ_and_have_the_shapes_of_the_latents():
    latents = (tf.zeros([6, 3]), tf.zeros([6, 3]), tf.zeros([6, 2, 2, 1]))
    noise = seeds.normal_like(latents, seeds.root_seed(0))
    assert [e.shape for e in noise] == [z.shape for z in latents]
    assert (noise[0].numpy() != noise[1].numpy()).all()


def test_replicas_share_out_the_draw_of_one_replica():
    strategy, root = two_replicas(), seeds.root_seed(5)

    @tf.function
    def draw():
        return strategy.run(lambda: seeds.normal_like((tf.zeros([4, 3]), tf.zeros([4, 2])), seeds.on_replica(root, 4)))

    alone = seeds.normal_like((tf.zeros([8, 3]), tf.zeros([8, 2])), root)
    for layer, whole in zip(draw(), alone, strict=True):
        first, second = strategy.experimental_local_results(layer)
        assert (first.numpy() != second.numpy()).all()
        np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=ROUNDING)
