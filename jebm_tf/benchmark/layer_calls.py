"""Which layers a function calls on what shapes, and which of these calls a gradient goes through."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import keras
import tensorflow as tf

# What a gradient does not go through: its output is constant, or depends on the shape of its input alone.
_BARRIERS = ("StopGradient", "Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")


class Call(NamedTuple):
    """One call of a layer: the layer, and the tensors that went in and came out."""

    layer: keras.layers.Layer
    inputs: tf.Tensor
    output: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Trace:
    """The graph of a function, as it was written down; nothing is computed.

    Attributes:
      graph: the graph.
      outputs: what the function returned, flat.
      calls: every call of a layer, in order.
    """

    graph: tf.Graph
    outputs: list[tf.Tensor]
    calls: list[Call]

    def used(self) -> list[Call]:
        """The calls that some output depends on; the others are not computed."""
        needed = _below(self.outputs, barriers=())
        return [call for call in self.calls if call.output.op.name in needed]

    def towards(self, objective: tf.Tensor) -> list[Call]:
        """The calls through whose output the gradient of the objective comes."""
        needed = _below([objective], _BARRIERS)
        return [call for call in self.calls if call.output.op.name in needed]

    def between(self, sources: Iterable[str], objective: tf.Tensor) -> list[Call]:
        """The calls whose *input* needs a gradient: it depends on a source, and the objective on the output."""
        moved = _above(self.graph, sources, _BARRIERS)
        return [call for call in self.towards(objective) if call.inputs.op.name in moved]

    def arguments(self) -> list[str]:
        """The function's arguments, as sources for `between`."""
        return [tensor.op.name for tensor in self.graph.inputs if tensor.dtype.is_floating]

    def reads_of(self, variables: Iterable[keras.Variable]) -> list[str]:
        """Variables, as sources for `between`."""
        handles = {id(variable.value.handle) for variable in variables}
        return [inner.op.name for outer, inner in self.graph.captures if id(outer) in handles]


def trace(function: Callable, specs: Sequence) -> Trace:
    """Writes down the graph of a function of tensors of these specifications.

    Shapes must be known, the batch too, for calls to have theirs.
    """
    with _recorded() as calls:
        concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
    # A layer that was not built yet was called elsewhere too, to build it.
    here = [call for call in calls if getattr(call.output, "graph", None) is concrete.graph]
    return Trace(concrete.graph, list(concrete.graph.outputs), here)


@contextmanager
def _recorded() -> Iterator[list[Call]]:
    """A block in which every call of a Keras layer is noted."""
    calls: list[Call] = []
    original = keras.layers.Layer.__call__

    def noting(layer, *args, **kwargs):
        output = original(layer, *args, **kwargs)
        if args and tf.is_tensor(args[0]) and tf.is_tensor(output):
            calls.append(Call(layer, args[0], output))
        return output

    keras.layers.Layer.__call__ = noting
    try:
        yield calls
    finally:
        keras.layers.Layer.__call__ = original


def _below(tensors: Sequence[tf.Tensor], barriers: Sequence[str]) -> set[str]:
    """The names of all operations that these tensors depend on, not looking past barriers."""
    found: set[str] = set()
    waiting = [tensor.op for tensor in tensors]
    while waiting:
        op = waiting.pop()
        if op.name not in found and op.type not in barriers:
            found.add(op.name)
            waiting += [tensor.op for tensor in op.inputs]
    return found


def _above(graph: tf.Graph, sources: Iterable[str], barriers: Sequence[str]) -> set[str]:
    """The names of all operations that depend on these, not looking past barriers."""
    found = set(sources)
    for op in graph.get_operations():  # in the order in which they were made: inputs come first
        if op.type not in barriers and any(tensor.op.name in found for tensor in op.inputs):
            found.add(op.name)
    return found
