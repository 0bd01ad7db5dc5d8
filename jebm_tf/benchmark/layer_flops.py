"""Floating-point operations of one call of a layer, from its shapes: two for each multiplication with a weight.

Only products with weights count: dense layers, convolutions, transposed convolutions. Biases, activations, norms and
noise are of lower order. Products with the zeros of padding count, as they do in every table of such numbers.

Each product y = W x has two others beside it, of the same size: the gradient by x, and the gradient by W.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import keras

from jebm_tf.benchmark.layer_calls import Call
from jebm_tf.models.backbones.biva.convolution import SameConv
from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.layers import layers_within


class Flops(NamedTuple):
    """Floating-point operations, by what kind of product they are in.

    Attributes:
      dense: in matrix products.
      convolution: in convolutions, transposed or not.
    """

    dense: int = 0
    convolution: int = 0

    @property
    def total(self) -> int:
        """All."""
        return self.dense + self.convolution

    def plus(self, other: "Flops") -> "Flops":
        """Both together."""
        return Flops(self.dense + other.dense, self.convolution + other.convolution)

    def times(self, number: int) -> "Flops":
        """So many times as many."""
        return Flops(number * self.dense, number * self.convolution)


_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    Conv,
)
_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)


def of_call(call: Call) -> Flops:
    """Of y = W x at one call; nothing for layers without such a product."""
    layer = call.layer
    if isinstance(layer, keras.layers.Dense):
        return Flops(dense=2 * math.prod(call.inputs.shape) * layer.units)
    if not isinstance(layer, _CONVOLUTIONS + _TRANSPOSED):
        return Flops()
    # A weight meets every place of the smaller map: the output's, or the input's where the map grows. A kernel of one
    # channel in, such as a depthwise one's, has as many numbers as are multiplied at a place.
    places = math.prod((call.inputs if is_transposed(layer) else call.output).shape[:-1])
    return Flops(convolution=2 * places * math.prod(layer.kernel.shape))


def total(calls: Iterable[Call]) -> Flops:
    """Of several calls."""
    found = Flops()
    for call in calls:
        found = found.plus(of_call(call))
    return found


def is_transposed(layer: keras.layers.Layer) -> bool:
    """Whether a layer is a transposed convolution, whose output is the larger map."""
    return isinstance(layer, _TRANSPOSED) or (isinstance(layer, SameConv) and layer.scaling == "up")


def uncounted(calls: Iterable[Call]) -> list[str]:
    """The kinds of called layers that have matrices of their own and are none of those counted here."""
    known = (keras.layers.Dense, *_CONVOLUTIONS, *_TRANSPOSED)
    others = {call.layer for call in calls if not isinstance(call.layer, known)}
    return sorted({type(layer).__name__ for layer in others if _has_own_matrix(layer)})


def _has_own_matrix(layer: keras.layers.Layer) -> bool:
    """Whether a layer, without those within it, has a weight of two axes or more."""
    within = {id(weight) for inner in layers_within(layer)[1:] for weight in inner.weights}
    return any(len(weight.shape) > 1 and id(weight) not in within for weight in layer.weights)
