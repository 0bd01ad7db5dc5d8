"""Stacks of standard layers that several parts share."""

from collections.abc import Sequence

import keras


def dense_stack(hidden: Sequence[int], outputs: int, activation: str) -> keras.Sequential:
    """A perceptron: `hidden` activated layers, then a linear one of `outputs` units."""
    layers = [keras.layers.Dense(width, activation=activation) for width in hidden]
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])
