"""Evaluates a model while it learns, for TensorBoard."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.callbacks.event_files import events_at
from jebm_tf.callbacks.scalar_log import Row, Sink
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.trainers.base import Trainer


class Evaluations(keras.callbacks.Callback):
    """Every `every` steps and at the last: the tasks' numbers are a row of their own, their pictures stand beside.

    Training goes on whatever becomes of them. A task that does not apply to this model is said once and not run again;
    one that fails in another way is said each time. The step is saved before: even if an evaluation kills the process,
    with all its memory taken for example, the run goes on after it.

    Args:
      every: steps between evaluations.
      last_step: where training ends.
      tasks: called with an `EvaluationContext`, by name.
      context: makes it of the trainer.
      writer: for TensorBoard.
      sink: called with the row: the step, and numbers as `eval/TASK/NUMBER`.
      save: saves the step.
    """

    def __init__(
        self,
        every: int,
        last_step: int,
        *,
        tasks: Mapping[str, Callable[[EvaluationContext], Result]],
        context: Callable[[Trainer], EvaluationContext],
        writer: tf.summary.SummaryWriter,
        sink: Sink,
        save: Callable[[], None],
    ):
        super().__init__()
        self.every = every
        self.last_step = last_step
        self.tasks = dict(tasks)
        self.context = context
        self.writer = writer
        self.sink = sink
        self.save = save

    def on_train_batch_end(self, batch, logs=None):
        """Evaluates where it is due."""
        step = self.model.step
        if self.tasks and (step % self.every == 0 or step == self.last_step):
            self.save()
            with self.model.averaged():
                self.evaluate(self.context(self.model), step)

    def evaluate(self, context: EvaluationContext, step: int) -> None:
        """Runs every task now."""
        row: Row = {}
        for name, run in list(self.tasks.items()):
            try:
                result = require_result(run(context), name)
            except UserError as error:
                print(f"evaluation skipped: {str(error).splitlines()[0]}", flush=True)
                del self.tasks[name]
                continue
            except Exception as error:  # noqa: BLE001  (whatever it is, it must not end the training that it watches)
                what = (str(error).strip() or repr(error)).splitlines()[0]
                print(f"evaluation failed: {name} at step {step}: {type(error).__name__}: {what}", flush=True)
                continue
            row |= {f"eval/{name}/{key}": float(value) for key, value in result.numbers.items() if value is not None}
            with events_at(self.writer, step):
                for key, picture in result.pictures.items():
                    tf.summary.image(f"eval/{name}/{key}", picture.image[np.newaxis])
        if row:
            self.sink({"step": step, **row})
