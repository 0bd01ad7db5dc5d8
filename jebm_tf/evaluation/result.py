"""What a task returns."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from jebm_tf.errors import UserError

Row = dict[str, Any]
"""Numbers, texts or None by column."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """An image for people.

    Attributes:
      image: uint8, `[height, width, 1 or 3]`.
      caption: what it shows, in a sentence.

    Example:
      >>> picture = jebm.Picture(np.zeros([8, 8, 1], np.uint8), "A black square.")
      >>> picture.image.shape, picture.caption
      ((8, 8, 1), 'A black square.')
    """

    image: np.ndarray
    caption: str


@dataclasses.dataclass(frozen=True)
class Result:
    """Numbers, the protocol that they hold for, and pictures.

    Attributes:
      numbers: single numbers by name; those that a run is watched by.
      protocol: what the numbers depend on besides the model: samples, reference set, settings. JSON types only.
      tables: rows of equal keys, by name.
      curves: sequences of numbers by name, for who wants to plot them anew.
      pictures: by file name without suffix.
      notes: sentences that a reader of the numbers must know.

    Example:
      >>> result = jebm.Result({"error": 0.25}, protocol={"number": 100}, notes=("Of a toy.",))
      >>> result.numbers["error"], result.pictures
      (0.25, {})
    """

    numbers: Mapping[str, Any]
    protocol: dict[str, Any]
    tables: dict[str, list[Row]] = dataclasses.field(default_factory=dict)
    curves: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    pictures: dict[str, Picture] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()


def require_result(found: Any, task: str) -> Result:
    """What a task returned.

    Raises:
      UserError: it is no `Result`.
    """
    if not isinstance(found, Result):
        raise UserError(f"{task}: returned {type(found).__name__}, but a task returns a Result")
    return found
