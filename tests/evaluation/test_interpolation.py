"""Proves the path between images: its ends, its length, and which layers move."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.chains.prior import PriorChain
from jebm_tf.data.images import to_model, to_pixels
from jebm_tf.evaluation.interpolation import interpolation, slerp
from tests.evaluation.contexts import context_of
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
    found = interpolation(context_of(conv_model((4, 3, 2))), num_pairs=3, num_steps=5)
    assert found.pictures.keys() == {"all_layers", "z_1_alone", "z_2_alone", "z_3_alone"}
    rows = {row["moving"]: row for row in found.tables["steps"]}
    assert rows["all layers"]["mean_step"] > 0.0
    assert found.numbers["largest_step_over_mean"] >= 1.0
    # With gaps of one pixel: 3 rows of 8 + 1, and 5 steps between two originals.
    assert found.pictures["all_layers"].image.shape == (4 * (3 * 9 + 1), 4 * (7 * 9 + 1), 1)


def row_of(picture, row, columns):
    """The images of a row of a grid of 8x8 images that was enlarged four times."""
    small = picture.image[::4, ::4, 0]
    return [small[1 + row * 9 : 9 + row * 9, 1 + c * 9 : 9 + c * 9] for c in range(columns)]


def test_rows_go_from_one_reconstruction_to_the_other_and_single_layers_leave_the_rest():
    model = conv_model((4, 3), scale=0.4)
    context = context_of(model, prior_chain=PriorChain(num_steps=2))
    found = interpolation(context, num_pairs=3, num_steps=5)
    x = to_model(tf.constant(context.images("test").images[[0, 5, 10, 15, 20, 25]]))
    z = tf.function(lambda: context.posterior_sampler.sample(model, x, context.root(0x1272)))()
    rebuilt = to_pixels(model.decode(z)).numpy()[..., 0].astype(int)
    noise = model.backbone.noise_of(z)
    for row in range(3):
        whole = row_of(found.pictures["all_layers"], row, 7)
        assert np.abs(whole[1].astype(int) - rebuilt[2 * row]).max() <= 1
        assert np.abs(whole[5].astype(int) - rebuilt[2 * row + 1]).max() <= 1
        alone = row_of(found.pictures["z_2_alone"], row, 7)
        mixed = tuple(e[2 * row + i : 2 * row + i + 1] for i, e in enumerate(noise))  # ε_1 of one, ε_2 of another
        expected = to_pixels(model.decode(model.transform(mixed))).numpy()[0, ..., 0].astype(int)
        assert np.abs(alone[5].astype(int) - expected).max() <= 1
