"""Learning in stages within one run: a trainer whose step changes at given steps."""

import keras
import tensorflow as tf

from jebm_tf.data.images import ImageSet
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.run import Run


class StagedTrainer(Trainer):
    """A trainer with two stages. Weights are averaged anew in the second.

    Attributes:
      stage: 0 or 1; `set_stage` keeps it up.
      boundary: the step at which the second stage begins.
    """

    stage = 0
    boundary = 0

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        # In the checkpoints, so that a run is sampled in its own way where its length is not known.
        self._saved_stage = tf.Variable(
            0, trainable=False, dtype=tf.int32, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )

    @property
    def state(self) -> list[tf.Variable]:
        """See `Trainer`: the stage."""
        return [*super().state, self._saved_stage]

    def begin_second_stage(self, share: float) -> int:
        """Sets the boundary after this share of the run, and returns it.

        Raises:
          ValueError: the share is not between 0 and 1.
        """
        if not 0.0 < share < 1.0:
            raise ValueError(f"{type(self).__name__}.first_stage_share = {share}: must be between 0 and 1")
        self.boundary = max(1, self.length.steps(share))
        return self.boundary

    def set_stage(self, step: int) -> bool:
        """Enters the stage that `step` belongs to; returns whether it is another one than before."""
        before, self.stage = self.stage, int(step >= self.boundary)
        self._saved_stage.assign(self.stage)
        self.averages_begin = self.boundary if self.stage else 0
        self.enter_stage()
        return self.stage != before

    def enter_stage(self) -> None:
        """What happens at the start of a stage, such as freezing parts; may be called repeatedly."""

    def on_weights_loaded(self, step: int) -> None:
        """Enters the stage that was loaded with them."""
        del step
        self.stage = int(self._saved_stage.numpy())
        self.enter_stage()

    def own_callbacks(self, images: ImageSet, run: Run, last_step: int) -> list[keras.callbacks.Callback]:
        """What leads from one stage into the next."""
        return [*super().own_callbacks(images, run, last_step), Stages()]


class Stages(keras.callbacks.Callback):
    """Enters each step's stage before the step, so that what looks at the model after a step sees its own stage.

    A stage is a graph of its own: the step is traced anew.

    """

    def on_train_begin(self, logs=None):
        """Enters the stage from which a run goes on."""
        if self.model.set_stage(self.model.step):
            self.model.make_train_function(force=True)

    def on_train_batch_begin(self, batch, logs=None):
        """Enters the next stage where it begins."""
        if self.model.set_stage(self.model.step):
            self.model.make_train_function(force=True)
            print(f"step {self.model.step}: stage {self.model.stage + 1} begins", flush=True)
