"""Batches are a function of (seed, step): in any order of starts, shared by any number of replicas."""

import itertools

import numpy as np
import pytest

from jebm_tf.data.images import ImageSet, to_pixels
from jebm_tf.data.pipeline import batches, distributed_batches, steps_per_epoch, subsample
from jebm_tf.errors import UserError
from tests.replicas import two_replicas

NUMBERED = ImageSet(np.arange(23, dtype=np.uint8).reshape(23, 1, 1, 1), None, "numbered")


def rows(steps, *, seed=3, start=0, size=5, **shares):
    data = batches(NUMBERED, size, seed, start, **shares)
    return [to_pixels(x).numpy().ravel().tolist() for x in itertools.islice(data, steps)]


def test_an_epoch_visits_images_at_most_once_and_the_next_in_another_order():
    assert steps_per_epoch(NUMBERED, 5) == 4
    seen = rows(8)
    first, second = sum(seen[:4], []), sum(seen[4:], [])
    assert len(set(first)) == len(set(second)) == 20
    assert first != second
    assert first != sorted(first)


def test_a_later_start_sees_what_an_earlier_one_would_have_seen():
    whole = rows(11)
    for start in (1, 3, 4, 9):
        assert rows(11 - start, start=start) == whole[start:]


def test_seeds_differ():
    assert rows(2, seed=3) != rows(2, seed=4)


def test_replicas_share_the_batch_of_one():
    whole = rows(4, size=6)
    halves = iter(rows(8, size=6, replicas=2))
    assert [a + b for a, b in zip(halves, halves, strict=True)] == whole


def test_workers_share_the_batch_of_one():
    whole = rows(4, size=6)
    left, right = (rows(4, size=6, replicas=2, workers=2, worker=worker) for worker in (0, 1))
    assert [a + b for a, b in zip(left, right, strict=True)] == whole


def test_a_strategy_s_replicas_get_slices_of_one_batch():
    strategy = two_replicas()
    data = distributed_batches(NUMBERED, 6, 3, 0, strategy)
    parts = strategy.experimental_local_results(next(iter(data)))
    assert sum((to_pixels(part).numpy().ravel().tolist() for part in parts), []) == rows(1, size=6)[0]
    with pytest.raises(UserError, match="batch_size = 5 cannot be shared by 2 replicas"):
        distributed_batches(NUMBERED, 5, 3, 0, strategy)


def test_fewer_images_than_a_batch_are_refused():
    with pytest.raises(UserError, match="numbered: 23 images are fewer than batch_size = 24"):
        batches(NUMBERED, 24, 0, 0)


def test_subsample_takes_images_from_the_whole_set_once_each():
    taken = [to_pixels(x).numpy().ravel().tolist() for x in subsample(NUMBERED, 3, 8)]
    assert taken == [[0, 2, 5], [8, 11, 14], [17, 20]]
    assert np.concatenate([to_pixels(x).numpy().ravel() for x in subsample(NUMBERED, 5, 100)]).tolist() == list(
        range(23)
    )


def test_flips_mirror_half_of_the_images_by_seed_and_epoch():
    pixels = np.stack([np.full((2, 3, 1), i, np.uint8) for i in range(64)])
    pixels[:, :, 0] = 200
    images = ImageSet(pixels, None, "sided", flips=True)

    def seen(start, steps, **settings):
        rows = [to_pixels(x).numpy() for x in itertools.islice(batches(images, 16, 3, start, **settings), steps)]
        return np.concatenate(rows)

    first, second = seen(0, 4), seen(4, 4)
    for epoch in (first, second):
        right = epoch[:, 0, 2, 0] == 200
        assert 16 < right.sum() < 48
        assert np.all(right != (epoch[:, 0, 0, 0] == 200))
    which = [dict(zip(e[:, 0, 1, 0].tolist(), (e[:, 0, 2, 0] == 200).tolist(), strict=True)) for e in (first, second)]
    assert which[0] != which[1]
    np.testing.assert_array_equal(seen(3, 2), np.concatenate([first, second])[48:80])
    shares = seen(0, 8, replicas=2)
    np.testing.assert_array_equal(shares, first)
