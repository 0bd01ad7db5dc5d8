"""The few types that every module speaks.

Layers are stored bottom first: `z[0]` is z_1, the layer next to the image, and `z[-1]` is z_L, the top.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

Latents: TypeAlias = tuple[tf.Tensor, ...]
"""One tensor per layer, each `[batch, ...]`, bottom layer first."""

LogDensity: TypeAlias = Callable[[Latents], tf.Tensor]
"""Maps latents to an unnormalised log density, `[batch]`, in nats; examples do not interact."""


class Seed(NamedTuple):
    """Where random numbers come from, see `jebm_tf.seeds`.

    Attributes:
      key: a stateless seed of TensorFlow's, int32, shape `[2]`.
      first_row: which row of its batch the first row of a draw is.
    """

    key: tf.Tensor
    first_row: int | tf.Tensor
