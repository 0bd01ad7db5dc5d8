"""Evaluates a model while it learns, for TensorBoard."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.callbacks.scalar_log import Row
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.trainers.base import Trainer


class Evaluations(keras.callbacks.Callback):
    """Every `every` steps and at the last: each task's numbers go into the next row of scalars, pictures beside.

    A task that does not apply to this model is said once and not run again: training goes on.

    Args:
      every: steps between evaluations.
      last_step: where training ends.
      tasks: called with an `EvaluationContext`, by name.
      context: makes it of the trainer.
      writer: for TensorBoard.
      diagnostics: called with the numbers, as `eval/TASK/NUMBER`.
    """

    def __init__(
        self,
        every: int,
        last_step: int,
        *,
        tasks: Mapping[str, Callable[[EvaluationContext], Result]],
        context: Callable[[Trainer], EvaluationContext],
        writer: tf.summary.SummaryWriter,
        diagnostics: Callable[[Row], None],
    ):
        super().__init__()
        self.every = every
        self.last_step = last_step
        self.tasks = dict(tasks)
        self.context = context
        self.writer = writer
        self.diagnostics = diagnostics

    def on_train_batch_end(self, batch, logs=None):
        """Evaluates where it is due."""
        step = self.model.step
        if step % self.every == 0 or step == self.last_step:
            with self.model.averaged():
                self.evaluate(self.context(self.model), step)

    def evaluate(self, context: EvaluationContext, step: int) -> None:
        """Runs every task now."""
        for name, run in list(self.tasks.items()):
            try:
                result = require_result(run(context), name)
            except UserError as error:
                print(f"evaluation skipped: {str(error).splitlines()[0]}", flush=True)
                del self.tasks[name]
                continue
            found = {key: value for key, value in result.numbers.items() if value is not None}
            self.diagnostics({f"eval/{name}/{key}": float(value) for key, value in found.items()})
            with self.writer.as_default(step=step):
                for key, picture in result.pictures.items():
                    tf.summary.image(f"eval/{name}/{key}", picture.image[np.newaxis])
