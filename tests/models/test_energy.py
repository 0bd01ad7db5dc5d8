"""Proves the energy heads by hand-computed values, and that a head is rebuilt as it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.energy import ConvEnergyHead, EnergyHead
from tests.gradients import assert_all_learn
from tests.rebuilding import rebuilt
from tests.small_models import random_latents, randomize, set_dense


def built(dim=2, seed=0, **arguments):
    head = EnergyHead(**arguments)
    head.build((None, dim))
    return randomize(head, seed)


def test_value_by_hand():
    head = built(hidden=(2,))
    set_dense(head.stack, [[1.0, -2.0], [3.0, 0.5]], [0.5, -1.0], [[2.0], [-4.0]], [0.25])
    # z = (1, −1): hidden (1 − 3 + 0.5, −2 − 0.5 − 1) = (−1.5, −3.5), leaky with slope 0.2: (−0.3, −0.7).
    # z = (1, 1): hidden (4.5, −2.5) becomes (4.5, −0.5).
    found = head(tf.constant([[1.0, -1.0], [1.0, 1.0]]))
    np.testing.assert_allclose(found, [2 * -0.3 + 4 * 0.7 + 0.25, 2 * 4.5 + 4 * 0.5 + 0.25], rtol=1e-6)


def test_without_hidden_layers_it_is_linear_and_unbounded():
    head = built(hidden=())
    set_dense(head.stack, [[3.0], [-100.0]], [1.0])
    np.testing.assert_allclose(head(tf.constant([[1.0, 2.0]])), [-196.0])


def test_widths_and_activation_are_used():
    (z,) = random_latents((3,), 5, seed=1)
    head = built(3, hidden=(7, 4), activation="gelu")
    a, b, c, d, e, f = (v.numpy() for v in head.trainable_variables)
    gelu = keras.activations.get("gelu")
    np.testing.assert_allclose(head(z), (gelu(gelu(z @ a + b) @ c + d) @ e + f)[:, 0], rtol=1e-5)
    assert [v.shape for v in (a, c, e)] == [(3, 7), (7, 4), (4, 1)]


def test_every_parameter_has_a_gradient():
    (z,) = random_latents((2,), 8, seed=2)
    head = built(hidden=(5, 3))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(head(z))
    assert_all_learn(tape, total, head.trainable_variables)


def test_rebuilds_from_its_config():
    (z,) = random_latents((2,), 8, seed=2)
    head = built(hidden=(5, 3), activation="tanh", name="top_head")
    again = rebuilt(head)
    again.build((None, 2))
    assert (tuple(again.hidden), again.activation, again.name) == ((5, 3), "tanh", "top_head")
    again.set_weights(head.get_weights())
    np.testing.assert_array_equal(head(z), again(z))


def test_spectral_norm_bounds_the_slope_of_f():
    keras.utils.set_random_seed(0)
    head = EnergyHead(hidden=(30, 20), spectral_norm=True)
    head.build((None, 5))
    for layer in head.stack.layers:
        layer.kernel.assign(7.0 * layer.kernel)
    (a,), (b,) = random_latents((5,), 500, seed=1), random_latents((5,), 500, seed=2)
    slopes = np.abs(head(a) - head(b)) / np.linalg.norm(a - b, axis=1)
    assert 0.05 < np.max(slopes) <= 1.02  # 30 iterations leave a per cent or two


def test_following_is_what_keeps_spectral_norms_true():
    head = built(5, hidden=(6, 4), spectral_norm=True)  # after building, all weights were overwritten
    for _ in range(100):
        head.power_iteration()
    for layer in head.stack.layers:
        assert float(layer.spectral_norm()) == pytest.approx(np.linalg.norm(layer.kernel.numpy(), 2), rel=1e-3)


def test_without_spectral_norm_following_does_nothing():
    head = built(5, hidden=(6,))
    before = head.get_weights()
    head.power_iteration()
    assert all(map(np.array_equal, before, head.get_weights()))


def test_convolutional_head_halves_maps_down_to_four():
    for side, convolutions, hidden in ((4, 0, 1), (8, 1, 1), (16, 2, 2), (32, 3, 3)):
        head = ConvEnergyHead(channels=3, hidden=5)
        head.build_for((side, side, 2))
        kinds = [type(layer).__name__ for layer in head.stack.layers]
        assert kinds == ["Conv2D"] * convolutions + ["Flatten"] + ["Dense"] * (hidden + 1)
        assert head.stack.layers[convolutions].output.shape[-1] == 16 * (3 if convolutions else 2)
        assert head(tf.ones([7, side * side * 2])).shape == (7,)


def test_convolutional_head_reads_a_vector_as_its_map():
    head = ConvEnergyHead(channels=3, hidden=5)
    head.build_for((8, 8, 2))
    z = np.random.default_rng(0).standard_normal((4, 8, 8, 2)).astype(np.float32)
    np.testing.assert_array_equal(head(z.reshape(4, -1)), head.stack(z)[:, 0])


def test_convolutional_head_rebuilds_from_its_config():
    head = ConvEnergyHead(channels=3, hidden=5, activation="gelu")
    again = rebuilt(head)
    assert (again.channels, again.hidden, again.activation) == (3, 5, "gelu")
