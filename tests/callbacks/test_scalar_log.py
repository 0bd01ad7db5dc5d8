"""Rows: means since the last row, once at every multiple and at the end, diagnostics included."""

import types

from jebm_tf.callbacks.scalar_log import ScalarLog
from jebm_tf.callbacks.stopwatch import Stopwatch
from jebm_tf.trainers.scalars import ScalarMeans


def run(log, steps, first_step=0):
    trainer = types.SimpleNamespace(step=first_step, scalars=ScalarMeans(["a"]))
    log.set_model(trainer)
    for _ in range(steps):
        trainer.step += 1
        trainer.scalars.update_state({"a": float(trainer.step)})
        log.on_train_batch_end(0)


def test_rows_are_means_since_the_last():
    rows = []
    run(ScalarLog(3, last_step=7, batch_size=10, stopwatch=Stopwatch(), sinks=[rows.append]), steps=7)
    assert [(row["step"], row["a"]) for row in rows] == [(3, 2.0), (6, 5.0), (7, 7.0)]
    assert next(iter(rows[0])) == "step"


def test_a_stopped_run_has_no_row_of_a_part():
    rows = []
    run(ScalarLog(3, last_step=100, batch_size=10, stopwatch=Stopwatch(), sinks=[rows.append]), steps=5)
    assert [row["step"] for row in rows] == [3]


def test_speed_is_the_stopwatch_s():
    rows, laps = [], iter([(0, 0.0), (4, 2.0)])
    stopwatch = types.SimpleNamespace(lap=lambda: next(laps))
    run(ScalarLog(1, last_step=2, batch_size=10, stopwatch=stopwatch, sinks=[rows.append]), steps=2)
    assert "images_per_second" not in rows[0]
    assert (rows[1]["steps_per_second"], rows[1]["images_per_second"]) == (2.0, 20.0)


def test_added_values_appear_once():
    rows = []
    log = ScalarLog(1, last_step=3, batch_size=1, stopwatch=Stopwatch(), sinks=[rows.append])
    log.add({"prior_chain/acceptance": 0.5})
    run(log, steps=2)
    assert rows[0]["prior_chain/acceptance"] == 0.5
    assert "prior_chain/acceptance" not in rows[1]
