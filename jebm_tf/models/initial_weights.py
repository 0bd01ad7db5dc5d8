"""Initial weights of standard layers, in one place for all parts that are made of them."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import keras

InitialWeights = Literal["fan_in", "keras"]
"""How weights begin: "fan_in" as PyTorch's layers do, kernels and biases uniform within ± 1 / √fan_in, with which the
paper's numbers were made; "keras" as Keras' do, kernels by Glorot and Bengio (2010), biases 0."""


def check(owner: str, initial_weights: str) -> None:
    """Checks a setting.

    Raises:
      ValueError: it is none of `InitialWeights`.
    """
    if initial_weights not in get_args(InitialWeights):
        raise ValueError(f"{owner}.initial_weights = {initial_weights!r}: must be 'fan_in' or 'keras'")


def build(layer: keras.layers.Layer, input_shape: Sequence[int | None], initial_weights: InitialWeights) -> None:
    """Makes the weights of a standard layer, or of a stack of them, and has them begin as asked.

    Once: a part that goes from one model into another keeps what it has learned.
    """
    if layer.built:
        return
    layer.build(input_shape)
    if initial_weights == "fan_in":
        for each in layer.layers if isinstance(layer, keras.Sequential) else [layer]:
            _begin_by_fan_in(each)


def _begin_by_fan_in(layer: keras.layers.Layer) -> None:
    """Of a transposed convolution the fan is what one input number reaches, as PyTorch has it."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return
    fan_in = math.prod(kernel.shape[:-1])  # a transposed one is [height, width, outputs, inputs]
    for variable in (kernel, layer.bias):
        if variable is not None:
            bound = 1.0 / math.sqrt(fan_in)
            variable.assign(keras.initializers.RandomUniform(-bound, bound)(variable.shape))
