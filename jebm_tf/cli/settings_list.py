"""What can be set in gin files: every name, its parameters with their defaults, and what each of them means."""

import difflib
import inspect
import re
import textwrap
from collections.abc import Callable

from jebm_tf import registry
from jebm_tf.errors import UserError

ALL = "all"
_SECTION = re.compile(r"^(Args|Attributes):$")
_ENTRY = re.compile(r"^  (?P<names>\w+(?:, \w+)*): (?P<text>.*)$")
_WIDTH = 110


def text(name: str) -> str:
    """The parameters of one name with their meaning, or, for "all", of every name with its first line.

    Raises:
      UserError: nothing is registered under this name.
    """
    known = registry.configurables()
    if name == ALL:
        return "\n\n".join(_short(key, known[key]) for key in sorted(known, key=str.lower))
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else "--list_settings alone lists all names"
        raise UserError(f"--list_settings={name}: no such name; {hint}")
    return _long(name, known[name])


def _short(name: str, item: Callable) -> str:
    lines = [f"{name}: {_summary(item)}"]
    return "\n".join(lines + [f"  {name}.{key}{default}" for key, default in _parameters(item).items()])


def _long(name: str, item: Callable) -> str:
    lines, meanings = [f"{name}: {_summary(item)}"], meanings_of(item)
    for key, default in _parameters(item).items():
        lines.append(f"\n{name}.{key}{default}")
        lines += textwrap.wrap(meanings.get(key, ""), _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _summary(item: Callable) -> str:
    return (inspect.getdoc(item) or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")


def _parameters(item: Callable) -> dict[str, str]:
    """The parameters that gin files may set, each with " = DEFAULT", or what stands for none."""
    found = inspect.signature(item).parameters
    return {name: _default(found[name].default) for name in registry.parameters(item)}


def _default(value: object) -> str:
    if value is inspect.Parameter.empty:
        return "  (must be set, or is given by the command)"
    shown = f"@{value.__name__}" if inspect.isclass(value) or inspect.isroutine(value) else repr(value)
    return f" = {shown}"


def meanings_of(item: Callable) -> dict[str, str]:
    """What is documented of a class' or function's parameters, by the class itself or by one that it is made of."""
    found: dict[str, str] = {}
    for one in reversed(item.__mro__) if inspect.isclass(item) else [item]:
        found |= documented(inspect.cleandoc(one.__doc__ or ""))
    return found


def documented(docstring: str) -> dict[str, str]:
    """What a docstring's sections Args and Attributes say of each name in them."""
    found: dict[str, str] = {}
    names: list[str] = []
    inside = False
    for line in docstring.splitlines():
        if line and not line.startswith(" "):
            inside = bool(_SECTION.match(line))
            continue
        entry = _ENTRY.match(line) if inside else None
        if entry:
            names = entry["names"].split(", ")
            found |= dict.fromkeys(names, entry["text"])
        elif not line.startswith("    "):
            names = []
        elif inside:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found
