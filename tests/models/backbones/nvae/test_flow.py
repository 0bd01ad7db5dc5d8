"""Proves that flow cells look only at what comes before, so that their Jacobian's determinant is one."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.backbones.nvae.flow import FlowCell, Shift, masked_conv
from tests.small_models import randomize

SIDE, CHANNELS = 3, 2


def jacobian(layer):
    z = tf.constant(np.random.default_rng(1).standard_normal((1, SIDE, SIDE, CHANNELS)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        out = layer(z)
    return tape.jacobian(out, z).numpy().reshape(SIDE * SIDE * CHANNELS, -1)


def order(backward):
    """The position in the order of places and channels of each coordinate."""
    rank = np.arange(SIDE * SIDE * CHANNELS).reshape(SIDE * SIDE, CHANNELS)
    return (rank[::-1] if backward else rank).ravel()


@pytest.mark.parametrize("backward", [False, True])
def test_a_shift_sees_only_what_comes_before(backward):
    found = jacobian(randomize(Shift(CHANNELS, backward=backward, expansion=2), seed=0))
    rank = order(backward)
    later = rank[None, :] > rank[:, None]
    np.testing.assert_array_equal(found[later], 0.0)
    np.testing.assert_array_equal(np.diag(found), 1.0)
    # Every earlier coordinate that the window reaches is seen: 3x3 of the first layer, widened by 5x5.
    earlier = rank[None, :] < rank[:, None]
    assert np.mean(found[earlier] != 0.0) > 0.9


def test_a_flow_cell_sees_everything_and_keeps_volume():
    found = jacobian(randomize(FlowCell(CHANNELS), seed=0, scale=0.2))
    assert np.linalg.det(np.float64(found)) == pytest.approx(1.0, abs=1e-4)
    assert np.any(np.triu(found, 1))
    assert np.any(np.tril(found, -1))


@pytest.mark.parametrize(("inputs", "outputs"), [(2, 6), (6, 2), (3, 3)])
@pytest.mark.parametrize("itself", [False, True])
def test_channels_at_the_place_itself(inputs, outputs, itself):
    centre = masked_conv(inputs, outputs, 3, itself=itself, backward=False).mask[1, 1]
    common = min(inputs, outputs)
    for i in range(inputs):
        for j in range(outputs):
            a, b = i // (inputs // common), j // (outputs // common)
            assert centre[i, j] == (a <= b if itself else a < b)
