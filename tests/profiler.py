"""TensorFlow's own count of floating-point operations, from a graph's operations: an oracle that knows no layers."""

import contextlib
import io

import tensorflow as tf

_PRODUCTS = ("MatMul", "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter", "DepthwiseConv2dNative")


def products_in(function, specs):
    """Of a function's graph, without what none of its outputs needs, summed over all products."""
    concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
    kept = [tensor.op.name for tensor in concrete.graph.outputs]
    definition = tf.compat.v1.graph_util.extract_sub_graph(concrete.graph.as_graph_def(), kept)
    for node in definition.node:
        if node.op == "ReadVariableOp":  # whose shape the function alone knows
            shape = concrete.graph.get_operation_by_name(node.name).outputs[0].shape
            node.attr["_output_shapes"].list.shape.add().CopyFrom(shape.as_proto())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        options = dict(tf.compat.v1.profiler.ProfileOptionBuilder.float_operation(), output="none")
        with contextlib.redirect_stdout(io.StringIO()):
            root = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    return sum(count for name, count in _flat(root) if name in _PRODUCTS)


def _flat(node):
    yield node.name, node.float_ops
    for child in node.children:
        yield from _flat(child)


def with_input_gradient(function):
    """What a step of a chain computes of a log density: its value, and the gradient by all arguments."""

    def both(*arguments):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(arguments)
            value = function(*arguments)
        return value, tape.gradient(value, arguments, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return both


def with_weight_gradient(function, weights):
    """The value, and the gradient by weights."""

    def both(*arguments):
        with tf.GradientTape() as tape:
            value = function(*arguments)
        return value, tape.gradient(value, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return both
