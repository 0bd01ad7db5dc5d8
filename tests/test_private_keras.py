"""What the library relies on in Keras that Keras does not promise. Where one of these fails, Keras has moved it."""

import ast
from pathlib import Path

import keras
import pytest

import jebm_tf

USED = {"_get_variable_index", "_flatten_layers"}


def optimizer(variables):
    made = keras.optimizers.Adamax()
    made.build(variables)
    return made


class Block(keras.layers.Layer):
    """Two layers in a list, of a layer that is no model."""

    def __init__(self):
        super().__init__()
        self.inner = [keras.layers.Dense(2), keras.layers.BatchNormalization()]


class Tower(keras.Model):
    """Blocks in a list, one of them held twice."""

    def __init__(self):
        super().__init__()
        self.blocks = [Block(), Block()]
        self.again = self.blocks[0]
        self.last = keras.layers.Dense(1)


def test_optimizers_know_each_variable_s_place():
    """`Optimizer._get_variable_index`: the place in what the optimizer was built for, by a variable or its value."""
    variables = [keras.Variable([float(i)]) for i in range(3)]
    built = optimizer(variables)
    assert hasattr(built, "_get_variable_index")
    for place, variable in enumerate(variables):
        assert built._get_variable_index(variable) == place
        assert built._get_variable_index(variable.value) == place  # what update_step is given
    with pytest.raises(KeyError):
        built._get_variable_index(keras.Variable([0.0]))


def test_layers_are_found_at_any_depth_once_each_and_in_one_order():
    """`Layer._flatten_layers`: the layer itself, then what is in it, depth first; vectors in checkpoints follow it."""
    tower = Tower()
    assert hasattr(tower, "_flatten_layers")
    found = tower._flatten_layers()
    first, second = tower.blocks
    assert found[0] is tower
    assert {id(x) for x in found} == {id(x) for x in (tower, first, second, tower.last, *first.inner, *second.inner)}
    assert len(found) == 8
    assert [type(x) for x in found] == [type(x) for x in Tower()._flatten_layers()]
    for block in tower.blocks:
        start = found.index(block)
        assert {id(x) for x in found[start + 1 : start + 3]} == {id(x) for x in block.inner}


def test_nothing_else_of_keras_is_private():
    objects = [optimizer([keras.Variable([0.0])]), Tower(), keras.callbacks.Callback(), keras.metrics.Mean()]
    private = {name for thing in objects for name in dir(thing) if name.startswith("_") and not name.startswith("__")}
    assert private >= USED
    taken = {}
    for path in Path(jebm_tf.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in private:
                taken.setdefault(node.attr, set()).add(path.name)
            elif isinstance(node, ast.FunctionDef):
                assert node.name not in private, f"{path}: {node.name} replaces something of Keras"
    assert taken.keys() == USED, taken
