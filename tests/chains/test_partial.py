"""Proves partial resampling against numerical integration of the conditional, on an asymmetric hierarchy."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.partial import resample_layers
from jebm_tf.chains.prior import PriorChain
from tests.monte_carlo import assert_mean
from tests.small_models import conditional_model, dense_model, random_latents, skewed_model

SEED = seeds.root_seed(3)
CHAIN = PriorChain(num_steps=300, step_size=0.4, adjusted=True)
AXIS = np.linspace(-9.0, 9.0, 4001)


def resample(model, noise, moving, chain=CHAIN):
    sampler = model.tilting.sampler(chain)
    return [z.numpy() for z in tf.function(lambda: resample_layers(sampler, model, noise, moving, SEED))()]


def noise_at(*values, batch=20000):
    return tuple(tf.fill([batch, 1], value) for value in values)


def law_on_axis(model, layer, held, heads):
    """Weights on `AXIS` of ε_layer given the other layer's ε, tilted by the f_i of `heads`; and z along the axis."""
    moved = tf.constant(AXIS[:, None], tf.float32)
    noise = tuple(moved if i == layer else tf.fill([len(AXIS), 1], held) for i in range(2))
    z = model.transform(noise)
    f = sum(np.float64(model.f_terms(z)[i]) for i in heads)
    weights = np.exp(-0.5 * AXIS**2 + f)
    return weights / weights.sum(), np.concatenate(z, axis=1)


@pytest.mark.parametrize(("layer", "held"), [(0, 0.9), (1, -1.3)])
def test_one_layer_given_the_other(layer, held):
    model = skewed_model()
    z = np.concatenate(resample(model, noise_at(held, held), [i == layer for i in range(2)]), axis=1)
    weights, points = law_on_axis(model, layer, held, heads=(0, 1))
    for axis in range(2):
        if axis >= layer:  # the layers above the lowest moving one that do not move
            assert (np.ptp(z[:, axis]) == 0.0) == (axis != layer)
        for statistic in (lambda p, a=axis: p[:, a], lambda p, a=axis: p[:, a] > 0.5):
            assert_mean(np.float64(statistic(z)), weights @ statistic(points), allowance=1e-3)


def test_conditional_tilting_does_not_see_the_layers_below():
    model = conditional_model()
    z = np.concatenate(resample(model, noise_at(0.9, 0.0), [False, True]), axis=1)
    weights, points = law_on_axis(model, 1, 0.9, heads=(1,))
    assert_mean(z[:, 1], weights @ points[:, 1], allowance=1e-3)
    joint, _ = law_on_axis(model, 1, 0.9, heads=(0, 1))
    assert abs(joint @ points[:, 1] - weights @ points[:, 1]) > 0.05


@pytest.mark.parametrize("make", [skewed_model, conditional_model])
def test_all_layers_moving_is_the_whole_prior(make):
    model = make()
    z = np.concatenate(resample(model, noise_at(5.0, 5.0), [True, True]), axis=1)
    whole = np.concatenate(
        tf.function(lambda: model.tilting.sampler(CHAIN).sample(model, 20000, seeds.root_seed(4)))(), axis=1
    )
    for axis in range(2):
        assert_mean(z[:, axis] - whole[:, axis], 0.0, allowance=2e-3)


def test_without_steps_moving_layers_are_gaussian_and_without_layers_nothing_moves():
    model = skewed_model()
    z = resample(model, noise_at(0.9, 0.4), [True, False], PriorChain(num_steps=0))
    mean, scale = (float(m[0, 0]) for m in model.backbone.prior.conditional(0, tf.fill([1, 1], 0.4)))
    assert_mean(z[0][:, 0], mean, allowance=1e-3)
    assert_mean((z[0][:, 0] - mean) ** 2, scale**2, allowance=1e-3)
    np.testing.assert_array_equal(z[1], np.float32(0.4))
    still = resample(model, noise_at(0.9, 0.4), [False, False])
    for a, b in zip(still, model.transform(noise_at(0.9, 0.4)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_held_layers_keep_their_inferred_latents():
    model = dense_model((3, 2, 4))
    z = random_latents((3, 2, 4), 16, seed=1)
    new = resample(model, model.backbone.noise_of(z), [True, False, False], PriorChain(num_steps=5))
    for i in (1, 2):
        np.testing.assert_allclose(new[i], z[i], rtol=1e-5, atol=1e-5)
    assert np.abs(new[0] - z[0]).min() > 0.0


@pytest.mark.parametrize("make", [skewed_model, conditional_model])
def test_one_graph_serves_every_choice(make):
    model, noise = make(), noise_at(0.9, 0.4, batch=7)
    sampler = model.tilting.sampler(PriorChain(num_steps=4, jit=True))
    draw = tf.function(lambda moving: resample_layers(sampler, model, noise, moving, SEED))
    for moving in ([True, False], [False, True], [True, True], [False, False]):
        expected = resample_layers(sampler, model, noise, moving, SEED)
        for a, b in zip(draw(tf.constant(moving)), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
    assert draw.experimental_get_tracing_count() == 1
