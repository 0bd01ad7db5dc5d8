"""Makes classes and functions nameable in gin files. Only this module and `jebm_tf.cli` know gin.

The library's own parts are registered by `jebm_tf.components`, a user's by `register` in modules of their own.
"""

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import gin

_TASK_ARGUMENT = "context"  # a function whose first parameter has this name is a task
_GIVEN = (_TASK_ARGUMENT, "model")  # what is asked about comes from the command, not from settings
_SELECTOR = "jebm_tf"  # one gin module for all, since names are unique without it
_CATCH_ALL = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)

_Item = TypeVar("_Item", bound=Callable)


@dataclasses.dataclass(frozen=True)
class _Entry:
    """What is registered, and the module that registered it, which need not be the one that defines it."""

    item: Callable
    module: str


_entries: dict[str, _Entry] = {}


def register(item: _Item) -> _Item:
    """Makes a class or function nameable in gin files by its `__name__`; a decorator that changes nothing.

    Gin files may set its named parameters; what it takes by `*args` or `**kwargs` only Python can give. A function
    whose first parameter is called `context` is a task of `bin/evaluate`. Registering an object again, or its successor
    after its module was reloaded, is harmless.

    Args:
      item: the class or function.

    Returns:
      `item` itself.

    Raises:
      TypeError: it is neither.
      ValueError: its name is taken by something of another module.

    Example:
      >>> @jebm.register
      ... def brightness(context, num_images: int = 10):
      ...     mean = context.images("test", limit=num_images).images.mean()
      ...     return jebm.Result({"brightness": float(mean)}, {"number": num_images})
      ...
      >>> round(jebm.load_run(run_dir).evaluate("brightness", num_images=20).numbers["brightness"], 2)
      73.99
    """
    if not inspect.isclass(item) and not inspect.isroutine(item):
        raise TypeError(f"register({item!r}): only classes and functions can be named in gin files")
    name = item.__name__
    taken = _entries[name].item if name in _entries else None
    if taken is item:
        return item
    if taken is not None and _identity(taken) != _identity(item):
        raise ValueError(
            f"{name!r} of {item.__module__} cannot be registered: {taken.__module__} has a {name!r} already; rename one"
        )
    with gin.unlock_config(), gin.config.interactive_mode():  # a reloaded module replaces what it had registered
        _hand_to_gin(item)
    _entries[name] = _Entry(item, sys._getframe(1).f_globals["__name__"])
    return item


def takes(made: Callable, parameter: str) -> bool:
    """Whether what gin hands out for a registered class or function has this parameter; gin's wrappers hide them."""
    return parameter in parameters(configurables().get(made.__name__, made))


def parameters(configurable: Callable) -> list[str]:
    """The parameters that a gin file may set: the named ones, without what Keras takes by keyword."""
    found = inspect.signature(configurable).parameters.items()
    return [name for name, p in found if p.kind not in _CATCH_ALL and name not in _GIVEN]


def configurables() -> dict[str, Callable]:
    """Everything that a gin file may name."""
    return {name: entry.item for name, entry in _entries.items()}


def tasks() -> dict[str, Callable]:
    """The functions among them that are tasks: those whose first parameter is called `context`."""
    return {name: item for name, item in configurables().items() if _is_task(item)}


def own_modules(names: Iterable[str]) -> list[str]:
    """The modules outside the library that registered what has these names; unknown names count for nothing."""
    found = {_entries[name].module for name in names if name in _entries}
    return sorted(module for module in found if not module.startswith("jebm_tf."))


def build(name: str, *given: Any, **arguments: Any) -> Any:
    """Calls what is registered as `name` with gin's values for the parameters that the arguments leave open."""
    with _set_aside(name, arguments):
        return gin.get_configurable(name)(*given, **arguments)


def given(name: str) -> dict[str, Any]:
    """Gin's values for the parameters of what is registered as `name`."""
    return dict(gin.get_bindings(name))


@contextmanager
def _set_aside(name: str, given: Iterable[str]) -> Iterator[None]:
    """Hides gin's values for parameters that are given: gin would build what an `@Name()` in them stands for."""
    hidden = {}
    for key in (f"{name}.{parameter}" for parameter in given):
        try:
            hidden[key] = gin.query_parameter(key)
        except ValueError:  # gin has none, or may have none
            continue
    _bind(dict.fromkeys(hidden))
    try:
        yield
    finally:
        _bind(hidden)


def _bind(values: dict[str, Any]) -> None:
    with gin.unlock_config():
        for key, value in values.items():
            gin.bind_parameter(key, value)


def _identity(item: Callable) -> tuple[str, str]:
    """What stays the same when a module is loaded again."""
    return item.__module__, item.__qualname__


def _is_task(item: Callable) -> bool:
    return inspect.isfunction(item) and next(iter(inspect.signature(item).parameters), None) == _TASK_ARGUMENT


def _hand_to_gin(item: Callable) -> None:
    """Lets gin set named parameters only: a misspelt one is an error where a Keras class would take any keyword."""
    names = parameters(item)
    if names:
        gin.external_configurable(item, module=_SELECTOR, allowlist=names)
        return

    def without_settings(*given):  # gin takes an empty allowlist for none at all
        return item(*given)

    without_settings.__name__ = item.__name__
    gin.external_configurable(without_settings, module=_SELECTOR)
