"""What gin files may name, and which parameters they may set."""

import pytest

import gin
import jebm_tf.components  # noqa: F401  (what is registered)
from jebm_tf import registry


@pytest.fixture(autouse=True)
def clean():
    gin.clear_config()
    yield
    gin.clear_config()


def test_build_takes_gin_values_and_lets_arguments_win():
    gin.parse_config("PriorChain.num_steps = 7\nPriorChain.step_size = 0.25")
    assert registry.build("PriorChain").num_steps == 7
    assert registry.build("PriorChain", num_steps=3).num_steps == 3
    assert registry.build("PriorChain", num_steps=3).step_size == 0.25


def test_built_objects_are_of_the_library_s_own_classes():
    for name in ("EnergyHead", "PriorChain", "Run"):
        assert type(registry.build(name)) is registry.configurables()[name]


@pytest.mark.parametrize("name", registry.configurables())
def test_no_parameter_is_a_catch_all(name):
    with pytest.raises(ValueError, match="no_such_parameter"):
        gin.bind_parameter(f"{name}.no_such_parameter", 1)
