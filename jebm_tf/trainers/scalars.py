"""Running means of named scalars, kept on the device in one variable and read only when something logs them."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf


class ScalarMeans(keras.metrics.Metric):
    """Means of a fixed set of scalars since the last reset.

    One vector instead of a metric for each name: a step costs two small kernels, and a checkpoint holds the running
    means, so that a resumed run logs what an uninterrupted one would have.

    Args:
      names: the scalars that an `update_state` may give; a stage of learning may leave some out.
    """

    def __init__(self, names: Sequence[str]):
        super().__init__(name="scalars")
        self.scalar_names = tuple(names)
        self.totals = self.add_weight(shape=(len(self.scalar_names),), initializer="zeros", name="totals")
        self.counts = self.add_weight(shape=(len(self.scalar_names),), initializer="zeros", name="counts")

    def update_state(self, values: Mapping[str, tf.Tensor]):
        """Adds one step's scalars, given by name."""
        unknown = sorted(set(values) - set(self.scalar_names))
        if unknown:
            raise ValueError(f"scalars {unknown} were not declared")
        given = [tf.cast(values.get(name, 0.0), tf.float32) for name in self.scalar_names]
        self.totals.assign_add(tf.stack(given))
        self.counts.assign_add([float(name in values) for name in self.scalar_names])

    def result(self) -> dict[str, tf.Tensor]:
        """The mean of each scalar; 0 where there is none."""
        means = tf.unstack(tf.math.divide_no_nan(self.totals, self.counts), num=len(self.scalar_names))
        return dict(zip(self.scalar_names, means, strict=True))

    def means(self) -> dict[str, float]:
        """The means of the scalars that were given since the last reset."""
        counted = zip(self.result().items(), self.counts.numpy(), strict=True)
        return {name: float(mean) for (name, mean), count in counted if count}
