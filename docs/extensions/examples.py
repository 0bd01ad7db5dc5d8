"""A griffe extension: the docstrings' `Example:` sections are code, and items for all other arguments are words."""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)Example:$", re.M)
_OTHERS = re.compile(r"^( *)\((the [^)]*)\)(:.*)?$", re.M)


class Examples(griffe.Extension):
    """Renames the section, which griffe knows in the plural only and would else take for a paragraph."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Changes a docstring before it is parsed."""
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(r"\1Examples:", obj.docstring.value)
