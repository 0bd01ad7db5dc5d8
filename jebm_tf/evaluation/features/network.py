"""What a feature network is to those who compare images by it."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from jebm_tf.data.mapped_images import Pixels
from jebm_tf.evaluation.progress import Progress, silent

_BATCH = 100


@dataclasses.dataclass(frozen=True)
class Features:
    """What a network makes of images.

    Attributes:
      activations: `[number, dim]`, float32.
      logits: `[number, classes]`, float32; None where the network has no classifier.
    """

    activations: np.ndarray
    logits: np.ndarray | None = None

    def require_logits(self) -> np.ndarray:
        """The logits.

        Raises:
          ValueError: there are none.
        """
        if self.logits is None:
            raise ValueError("features of a network without a classifier have no logits")
        return self.logits


@dataclasses.dataclass(frozen=True)
class FeatureNetwork:
    """A fixed network.

    Attributes:
      name: for protocols.
      digest: SHA-256 of its weights, or what else pins it down.
      resizing: how images come to the size that it reads, for protocols.
      has_logits: whether there is a classifier on top.
      compute: maps uint8 images `[batch, height, width, 1 or 3]` to activations `[batch, dim]`, and to logits
        `[batch, classes]` or None.
    """

    name: str
    digest: str
    resizing: str
    has_logits: bool
    compute: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor | None]]

    def features(self, images: Pixels, progress: Progress = silent) -> Features:
        """The features of uint8 images, a batch at a time."""
        step = tf.function(
            self.compute, input_signature=[tf.TensorSpec((None, *images.shape[1:]), tf.uint8)], autograph=False
        )
        starts = range(0, len(images), _BATCH)
        found = [
            step(tf.constant(images[start : start + _BATCH]))
            for start in progress(starts, len(starts), f"{self.name} features, x{_BATCH}")
        ]
        activations, logits = zip(*found, strict=True)
        return Features(np.concatenate(activations), None if logits[0] is None else np.concatenate(logits))

    def describe(self) -> dict[str, str]:
        """What a protocol says of the network."""
        return {"name": self.name, "sha256": self.digest, "resizing": self.resizing}
