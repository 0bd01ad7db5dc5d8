"""Times of a trainer's whole step, as `bin/train` takes it: by `fit`, from a pipeline of uint8 images."""

import keras
import numpy as np

from jebm_tf.benchmark.timing import WARM_UP, Times, between, now
from jebm_tf.data.images import ImageSet, quantised
from jebm_tf.data.pipeline import distributed_batches
from jebm_tf.trainers.base import Trainer


class _Clock(keras.callbacks.Callback):
    """Notes when each step is over: when its logs, which Keras hands on as numbers, are here."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[tuple[float, float]] = []

    def on_train_batch_end(self, batch, logs=None):
        """Waits for the weights too."""
        self.model.optimizer.iterations.numpy()
        self.marks.append(now())


def times_of_steps(trainer: Trainer, images: np.ndarray, batch: int, repeats: int, warm_up: int = WARM_UP) -> Times:
    """Seconds of each of so many steps, after some that warm up. The trainer's weights learn from these images.

    Args:
      trainer: compiled as it is.
      images: uint8 `[number, height, width, channels]`, at least one batch; visited again and again.
      batch: images of a step, over all replicas.
      repeats: steps that count.
      warm_up: steps before them.
    """
    bits = trainer.model.backbone.likelihood.bits or 8
    source = ImageSet(quantised(images, bits), None, "random images", bits=bits)
    data = distributed_batches(source, batch, trainer.seed, trainer.step, trainer.distribute_strategy)
    clock = _Clock()
    trainer.fit(data, steps_per_epoch=warm_up + 1 + repeats, verbose=0, shuffle=False, callbacks=[clock])
    return between(clock.marks[warm_up:])
