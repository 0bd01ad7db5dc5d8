"""`import jebm_tf as jebm`: cheap, complete, and the same for type checkers."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import jebm_tf

HEAVY = """
import sys
import jebm_tf
assert not {"tensorflow", "gin", "numpy"} & set(sys.modules)
import jebm_tf.registry
assert not {"tensorflow", "keras", "numpy"} & set(sys.modules)
assert [name for name in sys.modules if name.startswith("jebm_tf.")] == ["jebm_tf.registry"]
assert "NegativeEnergy" in dir(jebm_tf)
"""


def test_importing_the_package_or_the_registry_imports_nothing_heavy():
    subprocess.run([sys.executable, "-c", HEAVY], cwd=Path(jebm_tf.__path__[0]).parent, check=True)


def test_type_checkers_see_the_names_that_are_there():
    tree = ast.parse(inspect.getsource(jebm_tf))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {name.name: node.module for node in block.body for name in node.names}
    assert seen == {name: f"jebm_tf.{module}" for name, module in jebm_tf._MODULES.items()}
    assert set(jebm_tf.__all__) == {*seen, "__version__"}


@pytest.mark.parametrize("name", sorted(jebm_tf._MODULES))
def test_every_name_is_what_its_module_defines(name):
    found = getattr(jebm_tf, name)
    assert found is getattr(import_module(f"jebm_tf.{jebm_tf._MODULES[name]}"), name)
    assert found.__module__ == f"jebm_tf.{jebm_tf._MODULES[name]}"


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="module 'jebm_tf' has no attribute 'Enrgy'"):
        _ = jebm_tf.Enrgy
