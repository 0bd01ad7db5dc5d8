"""Exponential moving averages of weights, for samples and evaluation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf


class WeightAverages:
    """Averages that follow a model's weights and can stand in for them.

    avg ← d avg + (1 − d) w with d = min(decay, (1 + t) / (10 + t)) at step t, so that the initial weights are soon
    forgotten. (Keras' optimizers have averages too, but `fit` ends by writing them over the weights, from which
    training could not go on as if it had not stopped.)

    Args:
      weights: the variables to follow.
      decay: d, in (0, 1).

    Attributes:
      values: the averages, one for each of `weights`.
    """

    def __init__(self, weights: Sequence[keras.Variable], decay: float):
        self.weights = list(weights)
        self.decay = decay
        first_replica = tf.VariableAggregation.ONLY_FIRST_REPLICA  # after a step, all replicas hold the same weights
        self.values = [tf.Variable(w.value, trainable=False, aggregation=first_replica) for w in self.weights]

    def update(self, step: tf.Tensor) -> None:
        """Moves the averages after step number `step` (from 1)."""
        t = tf.cast(step, tf.float32)
        decay = tf.minimum(self.decay, (1.0 + t) / (10.0 + t))
        for average, weight in zip(self.values, self.weights, strict=True):
            average.assign(decay * average + (1.0 - decay) * tf.convert_to_tensor(weight))

    def adopt(self) -> None:
        """Writes the averages over the weights."""
        for average, weight in zip(self.values, self.weights, strict=True):
            weight.assign(tf.convert_to_tensor(average))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """A block in which the model's weights are the averages; afterwards they are themselves again, bit for bit."""
        kept = [tf.identity(tf.convert_to_tensor(weight)) for weight in self.weights]
        self.adopt()
        try:
            yield
        finally:
            for value, weight in zip(kept, self.weights, strict=True):
                weight.assign(value)
