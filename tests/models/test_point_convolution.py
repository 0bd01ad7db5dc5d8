"""Proves that the product is the convolution that it stands for: values, gradients, weights, and where it is none."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.generator import Generator
from jebm_tf.models.point_convolution import PointConv2DTranspose
from tests.profiler import products_in

PLACE = (3, 1, 1, 5)


def pair(shape=PLACE, **settings):
    """Ours and Keras' layer with the same weights, none of them zero."""
    settings = {"filters": 7, "kernel_size": (4, 2), "activation": "leaky_relu"} | settings
    ours, theirs = PointConv2DTranspose(**settings), keras.layers.Conv2DTranspose(**settings)
    for layer in (ours, theirs):
        layer.build(shape)
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(weight.shape) for weight in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def value_and_gradients(layer, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        value = tf.reduce_sum(tf.square(y))
    return y, tape.gradient(value, [x, *(weight.value for weight in layer.trainable_weights)])


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        (PLACE, {}),
        (PLACE, {"use_bias": False, "activation": None}),
        (PLACE, {"strides": 2}),
        (PLACE, {"strides": 3}),  # larger than the kernel: a gap follows
        (PLACE, {"padding": "same", "strides": 2}),
        ((3, 2, 1, 5), {}),
    ],
)
def test_it_is_keras_layer(shape, settings):
    ours, theirs = pair(shape, **settings)
    x = tf.random.stateless_normal(shape, [1, 2])
    (y, gradients), (expected, others) = value_and_gradients(ours, x), value_and_gradients(theirs, x)
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    for mine, other in zip(gradients, others, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-3)


def test_it_is_a_matrix_product_from_one_place_alone():
    """The profiler counts a convolution from one place to 4x2 eight times too high, a product as it is."""
    ours, theirs = pair()
    assert products_in(ours, [tf.TensorSpec(PLACE)]) == 2 * 3 * 5 * (4 * 2 * 7)
    assert products_in(theirs, [tf.TensorSpec(PLACE)]) == 8 * 2 * 3 * 5 * (4 * 2 * 7)


def test_the_batch_need_not_be_known():
    ours, theirs = pair()
    x = tf.random.stateless_normal(PLACE, [1, 2])
    unknown = tf.function(ours, input_signature=[tf.TensorSpec((None, *PLACE[1:]))])
    np.testing.assert_allclose(unknown(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_generators_begin_with_it_and_images_are_the_same():
    generator = Generator([(6, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
    generator.stack.build((None, 1, 1, 4))
    theirs = keras.Sequential(
        [
            keras.layers.Conv2DTranspose(6, 4, activation="leaky_relu"),
            keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="leaky_relu"),
        ]
    )
    theirs.build((None, 1, 1, 4))
    assert [tuple(w.shape) for w in theirs.weights] == [tuple(w.shape) for w in generator.stack.weights]
    theirs.set_weights(generator.stack.get_weights())
    z = tf.random.stateless_normal((3, 1, 1, 4), [1, 2])
    np.testing.assert_allclose(generator.stack(z), theirs(z), rtol=1e-5, atol=1e-6)
