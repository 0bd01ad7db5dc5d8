"""Stacks of standard layers that several parts share."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

_STATE = ("moving_mean", "moving_variance", "right_singular_vector")  # what layers remember besides parameters


def parameters_of(part: keras.Model) -> list[keras.Variable]:
    """A part's weights, frozen or not, without what its layers only remember, such as running means."""
    return [weight for weight in part.weights if not weight.path.endswith(_STATE)]


def layers_within(part: keras.Model) -> list[keras.layers.Layer]:
    """A part and all layers in it, at any depth, in an order that its construction alone decides."""
    return part._flatten_layers()  # Model.layers, which is public, stops at the first level


def dense_stack(
    hidden: Sequence[int], outputs: int, activation: str, layer: Callable[..., keras.Layer] = keras.layers.Dense
) -> keras.Sequential:
    """A perceptron: `hidden` activated layers, then a linear one of `outputs` units; all made by `layer`."""
    return keras.Sequential([*(layer(width, activation=activation) for width in hidden), layer(outputs)])


def conv_stack(
    stages: Sequence[Sequence[Any]], outputs: int, activation: str, last_activation: str | None = None
) -> keras.Sequential:
    """Activated convolutions, one (filters, kernel, stride, padding) each, then a dense layer from the flat map."""
    convolutions = [
        keras.layers.Conv2D(filters, kernel, strides=stride, padding=padding, activation=activation)
        for filters, kernel, stride, padding in stages
    ]
    return keras.Sequential(
        [*convolutions, keras.layers.Flatten(), keras.layers.Dense(outputs, activation=last_activation)]
    )


def bounded_scale(raw: tf.Tensor, min_scale: float, max_scale: float | None) -> tf.Tensor:
    """A standard deviation from a network's output s: min_scale + max_scale · sigmoid(s − log max_scale).

    It is nearly exp(s) + min_scale, to which it tends as max_scale grows, but lies between min_scale and min_scale +
    max_scale. With max_scale None it is exp(s) + min_scale.
    """
    if max_scale is None:
        return min_scale + tf.exp(raw)
    return min_scale + max_scale * tf.sigmoid(raw - math.log(max_scale))


def soft_clamp(raw: tf.Tensor, bound: float) -> tf.Tensor:
    """bound · tanh(raw / bound): nearly raw where that is small, and never further than `bound` from 0."""
    return bound * tf.tanh(raw / bound)


def check_stages(owner: str, stages: Sequence[Sequence]) -> None:
    """Checks that each stage of a convolutional network says (filters, kernel, stride, padding).

    Raises:
      ValueError: one does not.
    """
    for i, stage in enumerate(stages):
        if len(stage) != 4:
            raise ValueError(f"{owner}.stages[{i}] = {stage!r}: needs (filters, kernel, stride, padding)")
