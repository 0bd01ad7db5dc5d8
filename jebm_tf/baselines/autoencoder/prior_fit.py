"""Fits what of a prior is not learned by gradients, whenever something is about to look at it or to save it."""

import keras
import tensorflow as tf

from jebm_tf.trainers.run import Run


class PriorFit(keras.callbacks.Callback):
    """Calls the trainer's `fit_prior` where snapshots or checkpoints are due, and at the end.

    It must come before the callbacks that take these.

    Args:
      images: batches of training images in [−1, 1].
      run: says how often.
      last_step: where training ends.
    """

    def __init__(self, images: tf.data.Dataset, run: Run, last_step: int):
        super().__init__()
        self.images = images
        self.run = run
        self.last_step = last_step
        self._fitted_step = None

    def on_train_batch_end(self, batch, logs=None):
        """Fits where it is due."""
        step = self.model.step
        if step % self.run.snapshot_every == 0 or step % self.run.checkpoint_every == 0 or step == self.last_step:
            self._fit()

    def on_train_end(self, logs=None):
        """Fits unless this step is fitted already."""
        self._fit()

    def _fit(self) -> None:
        if self._fitted_step != self.model.step:
            self.model.fit_prior(self.images)
            self._fitted_step = self.model.step
