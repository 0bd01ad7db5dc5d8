"""Proves the length of a run, and that a wrong schedule is named in one line."""

import keras
import pytest

from jebm_tf.trainers import base
from jebm_tf.trainers.run import Run


def test_length_in_steps():
    assert Run(epochs=3).total_steps(steps_per_epoch=15) == 45
    assert Run(epochs=3, max_steps=7).total_steps(steps_per_epoch=15) == 7


@pytest.mark.parametrize(
    ("field", "value"),
    [("batch_size", 0), ("epochs", -1), ("max_steps", 0), ("log_every", 2.5), ("keep_checkpoints", 0)],
)
def test_wrong_numbers_are_named_in_one_line(field, value):
    with pytest.raises(ValueError, match=rf"^Run\.{field} = {value}: [^\n]+\Z"):
        Run(**{field: value})


@pytest.mark.parametrize("number", [-1, 8, 2.5, None])
def test_as_many_rollbacks_as_a_seed_can_tell_apart(number):
    with pytest.raises(ValueError, match=f"Run.max_rollbacks = {number}: must be an integer, 0 to 7"):
        Run(max_rollbacks=number)
    assert base._APART * Run(max_rollbacks=7).max_rollbacks + 2**28 <= 2**31


def test_snapshots_fall_on_rows_of_the_log():
    Run(log_every=20, snapshot_every=60)
    with pytest.raises(ValueError, match=r"^Run\.snapshot_every = 50 [^\n]+ Run\.log_every = 20\Z"):
        Run(log_every=20, snapshot_every=50)


def test_sinks_are_checked():
    assert Run(sinks=[print]).sinks == [print]
    for wrong in (print, [1]):
        with pytest.raises(ValueError, match=r"^Run\.sinks = [^\n]+ must be a list of functions[^\n]+\Z"):
            Run(sinks=wrong)


def test_callbacks_are_checked():
    callback = keras.callbacks.TerminateOnNaN()
    assert Run(callbacks=[callback]).callbacks == [callback]
    for wrong in ([callback, keras.callbacks.TerminateOnNaN], callback, [print]):
        with pytest.raises(ValueError, match=r"^Run\.callbacks[^\n]+ must be a [^\n]+MyCallback\(\)[^\n]+\Z"):
            Run(callbacks=wrong)
