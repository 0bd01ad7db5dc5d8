"""A griffe extension: what the docstrings of this library write that griffe's Google style would misread."""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)Example:$", re.M)  # known in the plural only; else a paragraph
_SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+):", re.M)  # one item for several arguments
_OTHERS = re.compile(r"^( +)\((the [\w ]+)\):", re.M)  # an item for all other arguments
_SAME = re.compile(r"^( +)\((the [\w ]+)\.\)$", re.M)  # the same for attributes that are the arguments
_FIRM = "\N{NO-BREAK SPACE}"  # a name ends at the first space


class Docstrings(griffe.Extension):
    """Rewrites a docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and attribute."""
        if obj.docstring:
            text = _EXAMPLE.sub(r"\1Examples:", obj.docstring.value)
            text = _SEVERAL.sub(lambda found: f"{found[1]}{found[2].replace(' ', _FIRM)}:", text)
            text = _OTHERS.sub(lambda found: f"{found[1]}{found[2].replace(' ', _FIRM)} (various):", text)
            text = _SAME.sub(lambda found: f"{found[1]}{found[2].replace(' ', _FIRM)} (various): as given.", text)
            obj.docstring.value = text
