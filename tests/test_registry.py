"""What gin files may name, and which parameters they may set."""

import keras
import pytest

import gin
import jebm_tf.components  # noqa: F401  (what is registered)
from jebm_tf import registry

pytestmark = pytest.mark.usefixtures("clean_gin")


def test_takes_sees_through_gin_s_wrappers():
    wrapped = gin.get_configurable("MLETrainer")
    assert registry.takes(wrapped, "length")
    assert not registry.takes(wrapped, "no_such_parameter")
    assert registry.takes(registry.configurables()["MLETrainer"], "prior_chain")


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


class Own:
    """Something of a user's own."""

    def __init__(self, width=3, **kwargs):
        self.width = width
        self.others = kwargs


def own_task(context, number: int = 2):
    return context, number


def bare_task(context):
    return context


def no_task(number):
    return number


def test_register_gives_back_what_it_is_given_and_names_it(own_names):
    assert registry.register(Own) is Own
    gin.parse_config("Own.width = 5\na/Own.width = 6")
    assert type(registry.build("Own")) is Own
    assert registry.build("Own").width == 5
    assert Own().width == 3  # Python sees no settings
    with pytest.raises(ValueError, match="others"):
        gin.bind_parameter("Own.others", 1)


def test_settings_may_be_locked_when_something_is_registered(own_names):
    gin.finalize()
    registry.register(Own)
    assert gin.config.config_is_locked()


def test_a_name_belongs_to_one_thing(own_names):
    registry.register(Own)
    registry.register(Own)
    reloaded = type("Own", (), {"__module__": Own.__module__, "__init__": lambda self, depth=1: None})
    registry.register(reloaded)
    assert registry.configurables()["Own"] is reloaded
    gin.bind_parameter("Own.depth", 2)
    other = type("Own", (), {"__module__": "elsewhere"})
    with pytest.raises(ValueError, match=r"'Own' of elsewhere cannot be registered: tests.test_registry has a 'Own'"):
        registry.register(other)
    shipped = type("EnergyHead", (), {"__module__": "elsewhere"})
    with pytest.raises(ValueError, match=r"of elsewhere .* jebm_tf.models.energy has"):
        registry.register(shipped)
    with pytest.raises(TypeError, match=r"register\(3\): only classes and functions"):
        registry.register(3)


def test_modules_are_those_that_registered(own_names):
    registry.register(Own)
    registry.register(keras.callbacks.EarlyStopping)  # somebody else's class, named from here
    assert registry.own_modules(["Own", "EarlyStopping", "EnergyHead", "unknown"]) == [__name__]
    assert registry.own_modules(["EnergyHead", "fid"]) == []


def test_tasks_are_told_by_their_first_parameter(own_names):
    shipped = set(registry.tasks())
    assert {"fid", "parameters", "anomaly"} <= shipped
    assert not {"load_images", "Run", "adamax", "inception"} & shipped
    for function in (own_task, bare_task, no_task, Own):
        registry.register(function)
    assert registry.tasks().keys() - shipped == {"own_task", "bare_task"}
    gin.parse_config("own_task.number = 7")
    assert registry.build("own_task", "run") == ("run", 7)
    assert registry.build("bare_task", "run") == "run"
    assert gin.get_configurable("bare_task").__name__ == "bare_task"
    with pytest.raises(ValueError, match="context"):
        gin.bind_parameter("own_task.context", 1)


def test_what_is_given_is_not_built_from_settings(own_names):
    built = []

    class Costly:
        def __init__(self):
            built.append(self)

    def holder(thing=None, other=None):
        return thing, other

    registry.register(Costly)
    registry.register(holder)
    gin.parse_config("holder.thing = @Costly()\nholder.other = 4")
    gin.finalize()
    assert registry.build("holder", thing=1) == (1, 4)
    assert not built
    assert registry.build("holder")[0] is built[0]
    assert "holder.thing = @Costly()" in gin.config_str()
