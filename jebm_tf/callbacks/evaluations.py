"""Asks questions of a model while it learns, for TensorBoard."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.callbacks.scalar_log import Row
from jebm_tf.errors import UserError
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.evaluation.subject import Subject
from jebm_tf.trainers.base import Trainer


class Evaluations(keras.callbacks.Callback):
    """Every `every` steps and at the last: each question's numbers go into the next row of scalars, pictures beside.

    A question that has no answer for this model is said once and not asked again: training goes on.

    Args:
      every: steps between evaluations.
      last_step: where training ends.
      questions: called with a `Subject`, by name.
      subject: makes it of the trainer.
      writer: for TensorBoard.
      diagnostics: called with the numbers, as `eval/QUESTION/NUMBER`.
    """

    def __init__(
        self,
        every: int,
        last_step: int,
        *,
        questions: Mapping[str, Callable[[Subject], Result]],
        subject: Callable[[Trainer], Subject],
        writer: tf.summary.SummaryWriter,
        diagnostics: Callable[[Row], None],
    ):
        super().__init__()
        self.every = every
        self.last_step = last_step
        self.questions = dict(questions)
        self.subject = subject
        self.writer = writer
        self.diagnostics = diagnostics

    def on_train_batch_end(self, batch, logs=None):
        """Evaluates where it is due."""
        step = self.model.step
        if step % self.every == 0 or step == self.last_step:
            with self.model.averaged():
                self.evaluate(self.subject(self.model), step)

    def evaluate(self, subject: Subject, step: int) -> None:
        """Asks every question now."""
        for name, ask in list(self.questions.items()):
            try:
                result = require_result(ask(subject), name)
            except UserError as error:
                print(f"evaluation left out: {str(error).splitlines()[0]}", flush=True)
                del self.questions[name]
                continue
            found = {key: value for key, value in result.numbers.items() if value is not None}
            self.diagnostics({f"eval/{name}/{key}": float(value) for key, value in found.items()})
            with self.writer.as_default(step=step):
                for key, picture in result.pictures.items():
                    tf.summary.image(f"eval/{name}/{key}", picture.image[np.newaxis])
