"""Proves what BIVA begins with: kernels, and norms and biases that one pass as in training is fitted to."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.backbones.biva.convolution import SameConv
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.objectives.elbo import elbo_terms
from jebm_tf.purposes import Purpose
from tests.models.backbones.nvae.test_backbone import images

SEED = seeds.root_seed(3)


def norms(kernel):
    return np.sqrt(np.square(kernel).sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("scaling", ["same", "up"])
def test_the_kernel_is_g_v_over_its_norm(scaling):
    keras.utils.set_random_seed(0)
    conv = SameConv(40, 30, 3, scaling)
    v = conv.kernel.numpy()
    assert v.std() == pytest.approx(0.05, rel=0.02)
    assert v.mean() == pytest.approx(0.0, abs=0.003)
    np.testing.assert_allclose(conv.effective_kernel(), v, rtol=1e-5, atol=1e-7)
    g = np.linspace(-1.0, 2.0, 30, dtype=np.float32)
    conv.norm.assign(g)
    conv.kernel.assign(7.0 * v)
    np.testing.assert_allclose(conv.effective_kernel(), g * v / norms(v), rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    likelihood = GaussianLikelihood(0.5)
    net = BIVA((16, 16, 3), ((3, 2, 5), (2, 1, 3), (4, 2, 3)), 6, 2, dropout=0.2, likelihood=likelihood)
    net.initialise(pixels(), SEED)
    return net


def pixels():
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (20, 16, 16, 3)), tf.float32)


def noise(model, seed):
    return tuple(seeds.normal([20, dim], seeds.fold(seed, layer)) for layer, dim in enumerate(model.dims))


def test_every_output_has_mean_zero_and_a_deviation_of_a_hundredth(model, monkeypatch):
    made = []
    call = SameConv.call
    monkeypatch.setattr(SameConv, "call", lambda conv, x: made.append(call(conv, x)) or made[-1])
    model.forward_pass(pixels(), noise(model, SEED), training=True, seed=seeds.fold(SEED, Purpose.DROPOUT))
    assert len(made) == len(model.spectral_layers()[0])
    for out in made:
        np.testing.assert_allclose(tf.reduce_mean(out, axis=(0, 1, 2)), 0.0, atol=1e-4)
        np.testing.assert_allclose(tf.math.reduce_std(out, axis=(0, 1, 2)), 0.01, rtol=0.01)
    assert all(conv.target is None for conv in model.spectral_layers()[0])


def test_q_begins_at_p_below_the_top(model):
    """What reads latents has a norm of a hundredth, so that a layer's draw says little to the others."""
    forward = model.forward_pass(pixels(), noise(model, seeds.root_seed(4)))
    kl = [float(tf.reduce_mean(term)) for term in elbo_terms(model, pixels(), forward).kl]
    assert max(np.abs(kl[:-1])) < 0.3
    # At the top q's σ² is 2 and p's 1: (1 − log 2) / 2 nats for each number.
    assert kl[-1] == pytest.approx(model.dims[-1] * 0.5 * (1.0 - np.log(2.0)), rel=0.05)
    for tower in (*model.generator.towers, *model.inference.stochastic[1:]):
        assert np.all(np.abs(tower[0].first.norm.numpy()) < 0.02)


def test_the_same_seed_gives_the_same_weights(model):
    before = model.get_weights()
    model.initialise(pixels(), SEED)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_images_of_one_channel_too():
    net = BIVA((8, 8, 1), ((3, 2, 3), (1, 2, 3)), filters=4, blocks=1)
    net.initialise(images(20), SEED)
    assert np.isfinite(net.forward_pass(images(20), tuple(tf.zeros([20, dim]) for dim in net.dims)).output).all()
