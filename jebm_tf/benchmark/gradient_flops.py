"""Floating-point operations of functions and of their gradients, from the shapes of the layers that they call."""

from collections.abc import Callable, Iterable, Sequence

import keras
import tensorflow as tf

from jebm_tf.benchmark.layer_calls import Trace, trace
from jebm_tf.benchmark.layer_flops import Flops, total


def of_function(function: Callable, specs: Sequence) -> Flops:
    """Of a function of tensors of these specifications."""
    return total(trace(function, specs).used())


def of_input_gradient(function: Callable, specs: Sequence) -> Flops:
    """Of a function's value and its gradient by the arguments alone, as a step of a chain needs it.

    The first output counts as the value. Each layer between the two costs its product twice: forth, and back from the
    gradient by what comes out to that by what goes in. Weights cost nothing.
    """
    found = trace(function, specs)
    back = found.between(found.arguments(), found.outputs[0])
    return total(found.used()).plus(total(back))


def of_weight_gradient(found: Trace, objective: tf.Tensor, weights: Iterable[keras.Variable]) -> Flops:
    """Of the gradient of an objective in a trace by these weights, without the way forth.

    Each layer that learns costs its product once, and once more where its input depends on weights that learn.
    """
    weights = list(weights)
    learning = {id(weight) for weight in weights}
    own = [c for c in found.towards(objective) if learning & {id(w) for w in c.layer.trainable_variables}]
    return total(own).plus(total(found.between(found.reads_of(weights), objective)))
