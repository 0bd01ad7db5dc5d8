"""Proves which calls are noted, which of them a gradient goes through, and that nothing of the noting stays."""

import keras
import pytest
import tensorflow as tf

from jebm_tf.benchmark.layer_calls import trace

SPEC = tf.TensorSpec((3, 4))


def dense(units):
    layer = keras.layers.Dense(units)
    layer.build((None, 4))
    return layer


def test_calls_in_order_with_shapes():
    first, second = dense(4), dense(2)
    calls = trace(lambda x: second(first(x)), [SPEC]).calls
    assert [call.layer for call in calls] == [first, second]
    assert [tuple(call.output.shape) for call in calls] == [(3, 4), (3, 2)]


def test_layers_keep_their_own_call_even_after_an_error():
    before = keras.layers.Layer.__call__

    def fails(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trace(fails, [SPEC])
    assert keras.layers.Layer.__call__ is before


def test_what_no_output_needs_is_not_used():
    needed, useless = dense(4), dense(4)

    def function(x):
        useless(x)
        return needed(x)

    assert [call.layer for call in trace(function, [SPEC]).used()] == [needed]


def test_a_gradient_goes_from_source_to_objective_and_not_past_a_stop():
    below, above, beside, behind = dense(4), dense(4), dense(4), dense(4)

    def function(x, y):
        return tf.reduce_sum(above(below(x)) + tf.stop_gradient(behind(x))), beside(x), y

    found = trace(function, [SPEC, SPEC])
    objective, (first, second) = found.outputs[0], found.arguments()
    assert [call.layer for call in found.between([first], objective)] == [below, above]
    assert not found.between([second], objective)
    assert [call.layer for call in found.towards(objective)] == [below, above]


def test_from_weights_the_first_layer_s_input_needs_none():
    below, above = dense(4), dense(4)
    found = trace(lambda x: tf.reduce_sum(above(below(x))), [SPEC])
    assert [c.layer for c in found.between(found.reads_of(below.trainable_variables), found.outputs[0])] == [above]
    assert not found.between(found.reads_of(above.trainable_variables), found.outputs[0])


def test_a_shape_is_no_dependence():
    layer = dense(4)
    found = trace(lambda x: tf.reduce_sum(layer(tf.ones([tf.shape(x)[0], 4]))), [SPEC])
    assert not found.between(found.arguments(), found.outputs[0])
