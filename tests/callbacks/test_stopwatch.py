"""The stopwatch counts steps, not what happens between them, and not the step that compiles."""

import types

import pytest

from jebm_tf.callbacks import stopwatch


def test_laps(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: now[0])
    watch, trainer = stopwatch.Stopwatch(), types.SimpleNamespace(train_function=object())
    watch.set_model(trainer)
    for step, seconds in enumerate([60.0, 2.0, 3.0, 4.0]):
        watch.on_train_batch_begin(step)
        now[0] += seconds
        watch.on_train_batch_end(step)
        now[0] += 100.0  # a snapshot
        if step == 2:
            assert watch.lap() == (2, pytest.approx(5.0))
    assert watch.lap() == (1, pytest.approx(4.0))
    assert watch.lap() == (0, 0.0)
    trainer.train_function = object()  # traced anew
    for seconds in (50.0, 7.0):
        watch.on_train_batch_begin(0)
        now[0] += seconds
        watch.on_train_batch_end(0)
    assert watch.lap() == (1, pytest.approx(7.0))
