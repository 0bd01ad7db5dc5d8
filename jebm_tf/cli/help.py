"""What --help prints: what a command does, its flags with their defaults, and examples."""

import inspect
import re
import textwrap
from types import ModuleType

from absl import flags

_COLUMN, _WIDTH = 22, 110
_REQUIRED = "Required."
# What absl adds to the help of enums, lists and flags that may be repeated.
_ABSL = re.compile(r"^<[^>]*>: |;\s+repeat this option to specify a list of values|\s+\(a comma separated list\)")
_EVERYWHERE = ("module", "json", "debug")  # flags of every command, which come last


def text(command: ModuleType) -> str:
    """The help of a command: its module's docstring, with the flags before the examples."""
    about, _, examples = inspect.cleandoc(command.__doc__ or "").partition("\n\n")
    found = {flag.name: flag for flag in flags.FLAGS.get_key_flags_for_module(command)}
    found |= {name: flags.FLAGS[name] for name in _EVERYWHERE if name in flags.FLAGS}
    return "\n\n".join([about, *_groups(found), *([examples] if examples else [])])


def _groups(found: dict[str, flags.Flag]) -> list[str]:
    """Required flags, the others, and those of every command; a group with nothing in it is left out."""
    required = [name for name, flag in found.items() if _REQUIRED in flag.help and name not in _EVERYWHERE]
    others = [name for name in found if name not in required and name not in _EVERYWHERE]
    last = [name for name in _EVERYWHERE if name in found]
    titled = {"Required:": required, "Flags:": others, "As with every command:": last}
    return ["\n".join([title, *(_line(found[name]) for name in names)]) for title, names in titled.items() if names]


def _line(flag: flags.Flag) -> str:
    named = f"  --{flag.name}"
    said = " ".join(_ABSL.sub("", flag.help).replace(_REQUIRED, "").split()) + _default(flag)
    lines = textwrap.wrap(said, _WIDTH - _COLUMN, break_on_hyphens=False)
    if len(named) < _COLUMN:
        first, rest = f"{named:<{_COLUMN}}{lines[0]}", lines[1:]
    else:
        first, rest = named, lines
    return "\n".join([first, *(" " * _COLUMN + line for line in rest)])


def _default(flag: flags.Flag) -> str:
    """The choices and the default, where the help does not say it itself."""
    choices = getattr(flag.parser, "enum_values", None)
    said = f" One of {', '.join(choices)}." if choices else ""
    if flag.default in (None, [], "", False) or "Default:" in flag.help:
        return said
    return f"{said} Default: {flag.default}."
