"""Proves that running scalars are means since the last reset, each under its own name."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.trainers.scalars import ScalarMeans


def test_means_since_the_last_reset():
    scalars = ScalarMeans(["a", "b"])
    scalars.update_state({"b": tf.constant(10.0), "a": tf.constant(1.0)})
    scalars.update_state({"a": tf.constant(2.0), "b": tf.constant(-40.0)})
    assert {name: float(mean) for name, mean in scalars.result().items()} == {"a": 1.5, "b": -15.0}
    scalars.reset_state()
    scalars.update_state({"a": tf.constant(7.0), "b": tf.constant(8.0)})
    assert {name: float(mean) for name, mean in scalars.result().items()} == {"a": 7.0, "b": 8.0}


def test_zero_before_the_first_update():
    np.testing.assert_array_equal(list(ScalarMeans(["a", "b"]).result().values()), [0.0, 0.0])


def test_any_number_type_is_taken():
    scalars = ScalarMeans(["a"])
    scalars.update_state({"a": tf.constant(3, tf.int32)})
    assert float(scalars.result()["a"]) == 3.0


def test_a_scalar_that_is_left_out_keeps_its_own_mean_and_is_not_reported_where_there_was_none():
    scalars = ScalarMeans(["a", "b", "c"])
    scalars.update_state({"a": tf.constant(1.0), "b": tf.constant(4.0)})
    scalars.update_state({"a": tf.constant(3.0)})
    assert scalars.means() == {"a": 2.0, "b": 4.0}
    scalars.reset_state()
    assert scalars.means() == {}


def test_names_must_be_declared():
    with pytest.raises(ValueError, match=r"^scalars \['c', 'd'\] were not declared\Z"):
        ScalarMeans(["a", "b"]).update_state({"d": 1.0, "a": 1.0, "c": 1.0})


def test_state_is_two_variables():
    assert [tuple(v.shape) for v in ScalarMeans(["a", "b", "c"]).variables] == [(3,), (3,)]
