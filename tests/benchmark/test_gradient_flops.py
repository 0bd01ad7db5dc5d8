"""Proves the counts of gradients by hand and by TensorFlow's own profiler, on asymmetric models."""

import keras
import tensorflow as tf

from jebm_tf.benchmark import gradient_flops
from jebm_tf.benchmark.layer_calls import trace
from jebm_tf.benchmark.layer_flops import Flops
from tests.profiler import products_in, with_input_gradient, with_weight_gradient
from tests.small_models import conv_model

ROWS = 3
LATENTS = [tf.TensorSpec((ROWS, 4)), tf.TensorSpec((ROWS, 3))]
MAP = tf.TensorSpec((ROWS, 3, 5, 4))


def density(*z):
    return MODEL.log_prior(z)


MODEL = conv_model()
# p(z_1 | z_2): 3 → 5 → 8; f_1: 4 → 5 → 1; f_2: 3 → 5 → 1.
PRIOR, HEADS = ROWS * 2 * (3 * 5 + 5 * 8), ROWS * 2 * (4 * 5 + 5 + 3 * 5 + 5)


def generator():
    """Transposed convolutions that the profiler counts as they are: each side grows by its stride."""
    layers = [keras.layers.Conv2DTranspose(6, 4, 2, "same"), keras.layers.Conv2DTranspose(2, 3, 1, "same")]
    network = keras.Sequential(layers)
    network.build((None, *MAP.shape[1:]))
    return network


FIRST, SECOND = ROWS * 2 * 15 * (16 * 6 * 4), ROWS * 2 * 60 * (9 * 2 * 6)


def test_a_value():
    assert gradient_flops.of_function(density, LATENTS) == Flops(dense=PRIOR + HEADS)
    assert products_in(density, LATENTS) == PRIOR + HEADS


def test_the_gradient_by_inputs_costs_as_much_again():
    assert gradient_flops.of_input_gradient(density, LATENTS) == Flops(dense=2 * (PRIOR + HEADS))
    assert products_in(with_input_gradient(density), LATENTS) == 2 * (PRIOR + HEADS)


def test_a_gradient_by_inputs_is_not_taken_where_there_is_no_way():
    """Of the log-likelihood, which reads z_1 alone."""

    def function(*z):
        return MODEL.log_likelihood(tf.zeros([ROWS, 8, 8, 1]), z)

    forward = ROWS * 2 * (16 * 6 * 4 + 16 * 16 * 6)
    assert gradient_flops.of_input_gradient(function, LATENTS) == Flops(convolution=2 * forward)
    assert products_in(with_input_gradient(function), LATENTS) == 2 * forward


def test_convolutions():
    network = generator()
    assert gradient_flops.of_function(network, [MAP]) == Flops(convolution=FIRST + SECOND)
    assert gradient_flops.of_input_gradient(network, [MAP]).total == 2 * (FIRST + SECOND)
    assert products_in(with_input_gradient(network), [MAP]) == 2 * (FIRST + SECOND)


def test_the_gradient_by_weights_leaves_the_first_input_out():
    network = generator()

    def value(x):
        return tf.reduce_mean(network(x))

    found = trace(value, [MAP])
    back = gradient_flops.of_weight_gradient(found, found.outputs[0], network.trainable_variables)
    assert back == Flops(convolution=FIRST + 2 * SECOND)
    both = with_weight_gradient(value, [weight.value for weight in network.trainable_variables])
    assert products_in(both, [MAP]) == FIRST + SECOND + back.total


def test_by_the_last_layer_s_weights_nothing_goes_below_it():
    network = generator()
    found = trace(lambda x: tf.reduce_mean(network(x)), [MAP])
    last = network.layers[-1].trainable_variables
    assert gradient_flops.of_weight_gradient(found, found.outputs[0], last) == Flops(convolution=SECOND)
