"""Proves the regularised autoencoder's terms; the Jacobian's norm against the whole Jacobian."""

import numpy as np
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.baselines.autoencoder.objective import autoencoder_terms
from tests.monte_carlo import assert_mean
from tests.small_models import conv_model, images, random_latents


def test_terms_by_hand():
    model, z = conv_model(dims=(4,)), random_latents((4,), 5, seed=1)
    terms = autoencoder_terms(model, images(5), z, None)
    decoded = model.decode(z).numpy()
    expected = norm.logpdf(images(5), decoded, 0.3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(terms.log_likelihood, expected, rtol=1e-5)
    np.testing.assert_allclose(
        terms.squared_error, ((images(5) - decoded) ** 2).numpy().mean(axis=(1, 2, 3)), rtol=1e-5
    )
    np.testing.assert_allclose(terms.code, 0.5 * np.sum(np.square(z[0]), axis=1), rtol=1e-5)
    assert not np.any(terms.smoothness)


def test_smoothness_is_half_the_jacobian_s_squared_norm_on_average():
    model, (z,) = conv_model(dims=(4,)), random_latents((4,), 1, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(z)
        output = model.backbone.decoder_output((z,))
    exact = 0.5 * float(tf.reduce_sum(tf.square(tape.jacobian(output, z))))
    number = 4000
    projection = tf.constant(np.random.default_rng(2).standard_normal((number, 8, 8, 1)), tf.float32)
    terms = autoencoder_terms(model, tf.zeros([number, 8, 8, 1]), (tf.tile(z, [number, 1]),), projection)
    assert exact > 0.01
    assert_mean(terms.smoothness, exact)


def test_smoothness_has_a_gradient_by_the_generator():
    model, z = conv_model(dims=(4,)), random_latents((4,), 5, seed=1)
    with tf.GradientTape() as tape:
        terms = autoencoder_terms(model, images(5), z, tf.ones([5, 8, 8, 1]))
        value = tf.reduce_mean(terms.smoothness)
    gradients = tape.gradient(value, model.backbone.generator.trainable_variables)
    kernels = [
        g for g, v in zip(gradients, model.backbone.generator.trainable_variables, strict=True) if len(v.shape) > 1
    ]
    assert all(np.any(g) for g in kernels)
