"""Training on the digits, where it is the same for every trainer."""

from jebm_tf.data import digits
from jebm_tf.data.pipeline import batches


def first_batch(batch_size=20):
    """The images of a run's first step."""
    return next(iter(batches(digits.load("train"), batch_size, 0, 0)))


def train_on_digits(trainer, steps, batch_size=20, callbacks=()):
    """Takes so many steps more, on the images that are the run's at its step, and returns the trainer."""
    data = batches(digits.load("train"), batch_size, 0, trainer.step)
    trainer.fit(data, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=list(callbacks))
    return trainer
