"""Running means of named scalars, kept on the device in one variable and read only when something logs them."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf


class ScalarMeans(keras.metrics.Metric):
    """Means of a fixed set of scalars since the last reset.

    One vector instead of a metric for each name: a step costs two small kernels, and a checkpoint holds the running
    means, so that a resumed run logs what an uninterrupted one would have.

    Args:
      names: the scalars that every `update_state` gives.
    """

    def __init__(self, names: Sequence[str]):
        super().__init__(name="scalars")
        self.scalar_names = tuple(names)
        self.totals = self.add_weight(shape=(len(self.scalar_names),), initializer="zeros", name="totals")
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, values: Mapping[str, tf.Tensor]):
        """Adds one step's scalars, given by name."""
        if set(values) != set(self.scalar_names):
            raise ValueError(f"scalars {sorted(set(values) ^ set(self.scalar_names))} are in one of given and declared")
        self.totals.assign_add(tf.stack([tf.cast(values[name], tf.float32) for name in self.scalar_names]))
        self.count.assign_add(1.0)

    def result(self) -> dict[str, tf.Tensor]:
        """The mean of each scalar; 0 before the first update."""
        means = tf.unstack(tf.math.divide_no_nan(self.totals, self.count), num=len(self.scalar_names))
        return dict(zip(self.scalar_names, means, strict=True))
