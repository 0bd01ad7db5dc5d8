"""Proves the count of one call of every kind of layer, by hand and by TensorFlow's own profiler."""

import keras
import pytest
import tensorflow as tf

from jebm_tf.benchmark.layer_calls import trace
from jebm_tf.benchmark.layer_flops import Flops, total, uncounted
from jebm_tf.models.backbones.biva.convolution import SameConv
from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.spectral import SpectralDense
from tests.profiler import products_in

ROWS, HEIGHT, WIDTH, CHANNELS = 3, 6, 10, 5  # no two sizes are equal, so that none can stand for another
MAPS = tf.TensorSpec((ROWS, HEIGHT, WIDTH, CHANNELS))
K = keras.layers

# Layer, input, and operations by hand: 2 · places of the smaller map · numbers in the kernel.
LAYERS = {
    "dense": (lambda: K.Dense(7), tf.TensorSpec((ROWS, CHANNELS)), 2 * 3 * 5 * 7),
    "dense on maps": (lambda: K.Dense(7), MAPS, 2 * (3 * 6 * 10) * 5 * 7),
    "same": (lambda: K.Conv2D(7, (2, 3), padding="same"), MAPS, 2 * (3 * 6 * 10) * (2 * 3 * 5 * 7)),
    "strided": (lambda: K.Conv2D(7, 4, 2, "same"), MAPS, 2 * (3 * 3 * 5) * (4 * 4 * 5 * 7)),
    "valid": (lambda: K.Conv2D(7, 3), MAPS, 2 * (3 * 4 * 8) * (3 * 3 * 5 * 7)),
    "depthwise": (lambda: K.DepthwiseConv2D(3, depth_multiplier=2), MAPS, 2 * (3 * 4 * 8) * (3 * 3 * 5 * 2)),
    "transposed": (lambda: K.Conv2DTranspose(7, 4, 2, "same"), MAPS, 2 * (3 * 6 * 10) * (4 * 4 * 7 * 5)),
    "ours": (lambda: Conv(5, 7, 3, stride=2), MAPS, 2 * (3 * 3 * 5) * (3 * 3 * 5 * 7)),
    "ours, depthwise": (lambda: Conv(5, 5, 3, depthwise=True), MAPS, 2 * (3 * 6 * 10) * (3 * 3 * 5)),
    "ours, transposed": (lambda: SameConv(5, 7, 3, "up"), MAPS, 2 * (3 * 6 * 10) * (3 * 3 * 7 * 5)),
}


def found(layer, spec):
    return total(trace(layer, [spec]).calls)


@pytest.mark.parametrize("name", LAYERS)
def test_by_hand_and_by_the_profiler(name):
    make, spec, by_hand = LAYERS[name]
    layer = make()
    assert found(layer, spec).total == by_hand
    assert products_in(layer, [spec]) == by_hand


def test_what_the_profiler_has_otherwise():
    """A transposed convolution from one place to a map: the profiler counts the map's places, of which one has data."""
    layer, spec = K.Conv2DTranspose(7, 4), tf.TensorSpec((ROWS, 1, 1, CHANNELS))
    assert found(layer, spec) == Flops(convolution=2 * 3 * 4 * 4 * 5 * 7)
    assert products_in(layer, [spec]) == 16 * found(layer, spec).total


def test_grouped_and_spectral():
    assert found(K.Conv2D(6, 3, groups=5 // 5), MAPS).convolution == 2 * (3 * 4 * 8) * (3 * 3 * 5 * 6)
    assert found(K.Conv2D(10, 3, groups=5), MAPS).convolution == 2 * (3 * 4 * 8) * (3 * 3 * 1 * 10)
    assert found(SpectralDense(7), tf.TensorSpec((ROWS, CHANNELS))).dense == 2 * 3 * 5 * 7


def test_what_is_not_counted_is_named():
    class Bilinear(K.Layer):
        def build(self, shape):
            self.matrix = self.add_weight(shape=(shape[-1], shape[-1]))

        def call(self, x):
            return tf.matmul(x, tf.convert_to_tensor(self.matrix))

    model = keras.Sequential([K.Dense(4), Bilinear(), K.BatchNormalization(), K.LeakyReLU()])
    calls = trace(model, [tf.TensorSpec((ROWS, CHANNELS))]).calls
    assert uncounted(calls) == ["Bilinear"]
    assert total(calls) == Flops(dense=2 * 3 * 5 * 4)


def test_flops_add_up():
    assert Flops(1, 20).plus(Flops(300, 4000)).times(2) == Flops(602, 8040)
    assert Flops(602, 8040).total == 8642
