"""Proves when questions are asked, of which weights, and where the answers go."""

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jebm_tf.callbacks.evaluations import Evaluations
from jebm_tf.errors import UserError
from jebm_tf.evaluation.result import Picture, Result
from tests.callbacks.test_checkpoints import trainer
from tests.training import train_on_digits


def ask_nothing(context):
    raise UserError("ask_nothing: no answer\nand a line by gin")


class Question:
    """Remembers the first weight that it was asked about."""

    def __init__(self):
        self.seen = []

    def __call__(self, context):
        self.seen.append(float(np.ravel(context.get_weights()[0])[0]))
        picture = Picture(np.zeros((3, 5, 1), np.uint8), "")
        return Result({"n": np.int64(len(self.seen)), "none": None}, {}, pictures={"p": picture})


def callback(tmp_path, rows, questions, save=None):
    return Evaluations(
        2,
        5,
        tasks=questions,
        context=lambda t: t.model,
        writer=tf.summary.create_file_writer(str(tmp_path)),
        sink=rows.append,
        save=save or (lambda: None),
    )


def test_when_and_where(tmp_path, capsys):
    question, rows = Question(), []
    evaluations = callback(tmp_path, rows, {"q": question, "ask_nothing": ask_nothing})
    train_on_digits(trainer(), 5, callbacks=[evaluations])
    assert rows == [{"step": step, "eval/q/n": n} for step, n in ((2, 1.0), (4, 2.0), (5, 3.0))]
    assert capsys.readouterr().out == "evaluation skipped: ask_nothing: no answer\n"  # once
    evaluations.writer.close()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [event.step for event in events.Tensors("eval/q/p")] == [2, 4, 5]


@pytest.mark.parametrize("decay", [None, 0.9])
def test_averaged_weights_where_a_run_keeps_them(tmp_path, decay):
    question = Question()
    learner = trainer(average_decay=decay)
    train_on_digits(learner, 5, callbacks=[callback(tmp_path, [], {"q": question})])
    last = float(np.ravel(learner.model.get_weights()[0])[0])
    assert (question.seen[-1] == last) == (decay is None)


def test_training_goes_on_whatever_becomes_of_an_evaluation(tmp_path, capsys):
    """And the step is saved before: what fails may also kill the process."""
    happened = []

    def odd(context):
        happened.append("asked")
        raise IndexError("list index out of range\nand more")

    evaluations = callback(tmp_path, [], {"odd": odd}, save=lambda: happened.append("saved"))
    train_on_digits(trainer(), 4, callbacks=[evaluations])
    assert happened == ["saved", "asked"] * 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "evaluation failed: odd at step 2: IndexError: list index out of range"
    assert len(lines) == 2  # each time: what failed once may not fail again
