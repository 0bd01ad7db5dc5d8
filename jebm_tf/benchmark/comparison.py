"""An earlier record beside this one: ratios of times, for the same work only."""

from typing import NamedTuple

from jebm_tf.benchmark.record import Record
from jebm_tf.errors import UserError


class Ratio(NamedTuple):
    """How a time compares with an earlier one.

    Attributes:
      name: of the item.
      median: this median over the earlier one; below 1 is faster.
      low, high: the same of first over third quartile and of third over first: where the two ranges touch, this
        contains 1.
    """

    name: str
    median: float
    low: float
    high: float


def check(now: Record, earlier: Record, source: str) -> None:
    """Checks that two records are of the same work.

    Raises:
      UserError: they are not; the message names the first difference.
    """
    for name, value in now["work"].items():
        before = earlier["work"].get(name)
        if before != value:
            raise UserError(f"--compare={source}: of other work: {_difference(name, before, value)}")


def ratios(now: Record, earlier: Record) -> list[Ratio]:
    """Of every item that both have times of."""
    found = []
    for name, item in now["items"].items():
        other = earlier["items"].get(name, {})
        if "median" in item and "median" in other:
            (low, high), (other_low, other_high) = item["quartiles"], other["quartiles"]
            found.append(Ratio(name, item["median"] / other["median"], low / other_high, high / other_low))
    return found


def _difference(name: str, before, now) -> str:
    """The setting that differs, in a word and two values."""
    if isinstance(before, dict) and isinstance(now, dict):
        key = next(key for key in [*now, *before] if now.get(key) != before.get(key))
        return _difference(f"{name}, {key}", before.get(key), now.get(key))
    return f"{name} was {before} there and is {now} here"
