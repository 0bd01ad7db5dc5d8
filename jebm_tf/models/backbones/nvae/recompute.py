"""Activations that are computed twice rather than kept, with batch norms that follow their inputs once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf


def recomputed(
    run: Callable[[tf.Tensor], tf.Tensor], norms: Sequence[keras.layers.BatchNormalization], s: tf.Tensor
) -> tf.Tensor:
    """run(s), whose inner activations are computed anew for the gradient.

    Args:
      run: calls the norms.
      norms: their running statistics follow in the first call alone: a second time would be as half their momentum.
      s: what is run on.
    """
    calls: list[None] = []

    def once(s: tf.Tensor) -> tf.Tensor:
        calls.append(None)
        if len(calls) == 1:
            return run(s)
        with _still(norms):
            return run(s)

    return tf.recompute_grad(once)(s)


@contextmanager
def _still(norms: Sequence[keras.layers.BatchNormalization]) -> Iterator[None]:
    """A block in which running statistics keep all of what they are."""
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, kept, strict=True):
            norm.momentum = momentum
