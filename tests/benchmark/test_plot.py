"""Proves that a record becomes a picture, with a second row where there is cost against size."""

import numpy as np

from jebm_tf.benchmark import plot
from tests.benchmark.records import made_up


def test_a_picture():
    low = plot.picture(made_up(scaling={}))
    high = plot.picture(made_up())
    assert low.dtype == np.uint8
    assert low.shape[2] == 3
    assert low.std() > 10
    assert high.shape[0] > 1.5 * low.shape[0]


def test_what_is_not_counted_has_no_mark_of_a_limit():
    items = {"step": made_up()["items"]["step"]}
    assert plot.picture(made_up(items=items, scaling={})).std() > 5
