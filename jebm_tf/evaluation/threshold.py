"""From which score on an image is anomalous: a quantile of images that are not."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from jebm_tf.errors import UserError
from jebm_tf.storage import durable


@dataclasses.dataclass(frozen=True)
class Threshold:
    """A bound of one score.

    Attributes:
      score: its name; it is higher for images that the model takes for its own.
      value: images below it are anomalous, in the score's unit.
      quantile: the share of normal images that are not, when it was fitted.
      step: of the weights.
      num_samples: of the posterior, for each image.
      images: which normal images, see `describe`.
    """

    score: str
    value: float
    quantile: float
    step: int
    num_samples: int
    images: dict[str, Any]

    def is_anomalous(self, scores: np.ndarray) -> np.ndarray:
        """Which of the scores `[number]` are those of anomalous images."""
        return scores < self.value

    def save(self, path: Path) -> None:
        """Writes it as JSON."""
        durable.write_text(path, json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False) + "\n")


def fit(scores: np.ndarray, quantile: float) -> float:
    """The bound that a share `quantile` of the scores `[number]` of normal images is not below.

    Raises:
      UserError: `quantile` is not between 0 and 1, or so few images cannot tell it.
    """
    if not 0.0 < quantile < 1.0:
        raise UserError(f"quantile {quantile:g}: must be between 0 and 1")
    if len(scores) * (1.0 - quantile) < 1.0:
        needed = int(np.ceil(1.0 / (1.0 - quantile)))
        raise UserError(f"quantile {quantile:g} of {len(scores)} images: needs at least {needed}")
    return float(np.quantile(scores, 1.0 - quantile))


def load(path: Path) -> Threshold | None:
    """The threshold that was saved at `path`; None where there is none.

    Raises:
      UserError: the file is not one.
    """
    if not path.is_file():
        return None
    try:
        return Threshold(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: cannot be read as a threshold ({error}); remove it, or fit it again") from error
