"""How tasks say how far they are: a function that passes items on and shows progress as it likes."""

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

_Item = TypeVar("_Item")

Progress: TypeAlias = Callable[[Iterable, int, str], Iterable]
"""Called with the items, how many they are and what they are."""


def silent(items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
    """Shows nothing."""
    del total, what
    return items
