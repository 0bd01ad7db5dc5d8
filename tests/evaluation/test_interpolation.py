"""Proves the path between images: its ends, its length, and which layers move."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.evaluation.interpolation import interpolation, slerp
from tests.evaluation.subjects import subject_of
from tests.small_models import conv_model


def test_the_arc():
    a, b = tf.constant([[1.0, 0.0], [3.0, 0.0]]), tf.constant([[0.0, 1.0], [0.0, 5.0]])
    np.testing.assert_allclose(slerp(a, b, 0.0), a, atol=1e-6)
    np.testing.assert_allclose(slerp(a, b, 1.0), b, atol=1e-6)
    middle = slerp(a, b, 0.5).numpy()
    np.testing.assert_allclose(middle, np.sqrt(0.5) * np.array([[1.0, 1.0], [4.0, 4.0]]), rtol=1e-6)


@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_along_one_line_it_is_straight(factor):
    a = tf.constant([[0.6, -0.8]])
    np.testing.assert_allclose(slerp(a, factor * a, 0.25), (0.75 + 0.25 * factor) * a, rtol=1e-5)


def test_rows_of_pictures():
    found = interpolation(subject_of(conv_model((4, 3, 2))), num_pairs=3, num_steps=5)
    assert found.pictures.keys() == {"all_layers", "z_1_alone", "z_2_alone", "z_3_alone"}
    rows = {row["moving"]: row for row in found.tables["steps"]}
    assert rows["all layers"]["mean_step"] > 0.0
    assert found.numbers["largest_step_over_mean"] >= 1.0
    # With gaps of one pixel: 3 rows of 8 + 1, and 5 steps between two originals.
    assert found.pictures["all_layers"].image.shape == (4 * (3 * 9 + 1), 4 * (7 * 9 + 1), 1)
