"""Proves that streams are distinct, that rows do not depend on how many follow, and that replicas share no noise."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import kstest

from jebm_tf import seeds
from tests.monte_carlo import assert_gaussian


def _two_replicas():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())


def test_fold_gives_distinct_seeds():
    roots = [seeds.root_seed(run) for run in (0, 1, 2)]
    paths = list(itertools.product(range(4), repeat=2)) + [(i,) for i in range(4)]
    found = {tuple(seeds.fold(root, *path).numpy()) for root in roots for path in paths}
    assert len(found) == len(roots) * len(paths)


def test_fold_is_in_order_and_one_at_a_time():
    root = seeds.root_seed(7)
    np.testing.assert_array_equal(seeds.fold(root, 3, 5), seeds.fold(seeds.fold(root, 3), 5))
    assert (seeds.fold(root, 3, 5).numpy() != seeds.fold(root, 5, 3).numpy()).any()


def test_fold_takes_tensors_of_any_integer_type():
    root = seeds.root_seed(tf.constant(7, tf.int64))
    np.testing.assert_array_equal(seeds.fold(root, tf.constant(3, tf.int64)), seeds.fold(seeds.root_seed(7), 3))


def test_streams_are_standard_normal_and_uncorrelated():
    streams = [seeds.normal([20000, 2], seeds.fold(seeds.root_seed(0), k)) for k in range(3)]
    assert_gaussian(np.concatenate(streams, axis=1), np.zeros(6), np.eye(6))


@pytest.mark.parametrize("axes", [(1,), (7,), (4, 3, 2)])
@pytest.mark.parametrize("rows", [1, 5, 257])
def test_fewer_rows_are_the_first_rows(axes, rows):
    seed = seeds.root_seed(3)
    np.testing.assert_array_equal(seeds.normal([rows, *axes], seed), seeds.normal([1000, *axes], seed)[:rows])


def test_uniform_numbers_are_uniform_and_fewer_are_the_first():
    numbers = seeds.uniform([20000], seeds.root_seed(4)).numpy()
    assert kstest(numbers, "uniform").pvalue > 1e-3
    np.testing.assert_array_equal(seeds.uniform([7], seeds.root_seed(4)), numbers[:7])


@pytest.mark.parametrize("passed", [3, tf.constant(3)])
def test_later_rows_are_those_of_the_whole_batch(passed):
    seed = seeds.root_seed(3)
    with seeds.rows_after(passed):
        part, numbers = seeds.normal([4, 5], seed), seeds.uniform([4], seed)
    np.testing.assert_array_equal(part, seeds.normal([9, 5], seed)[3:7])
    np.testing.assert_array_equal(numbers, seeds.uniform([9], seed)[3:7])
    np.testing.assert_array_equal(seeds.normal([4, 5], seed), seeds.normal([9, 5], seed)[:4])


def test_layers_differ_and_have_the_shapes_of_the_latents():
    latents = (tf.zeros([6, 3]), tf.zeros([6, 3]), tf.zeros([6, 2, 2, 1]))
    noise = seeds.normal_like(latents, seeds.root_seed(0))
    assert [e.shape for e in noise] == [z.shape for z in latents]
    assert (noise[0].numpy() != noise[1].numpy()).all()


def test_replicas_share_out_the_draw_of_one_replica():
    strategy, root = _two_replicas(), seeds.root_seed(5)

    @tf.function
    def draw():
        return strategy.run(lambda: seeds.normal_like((tf.zeros([4, 3]), tf.zeros([4, 2])), root))

    alone = seeds.normal_like((tf.zeros([8, 3]), tf.zeros([8, 2])), root)
    for layer, whole in zip(draw(), alone, strict=True):
        first, second = strategy.experimental_local_results(layer)
        assert (first.numpy() != second.numpy()).all()
        np.testing.assert_array_equal(np.concatenate([first, second]), whole)
