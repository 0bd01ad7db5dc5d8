"""Proves that times are those of the calls that count, their summary, and the slope."""

import pytest
import tensorflow as tf

from jebm_tf.benchmark import timing
from jebm_tf.benchmark.timing import Times


class Clock:
    """Stands in for the machine's: shows what it is set to, and half of it for the processor."""

    time = 0.0

    def perf_counter(self):
        return self.time

    def process_time(self):
        return self.time / 2


def test_calls_that_warm_up_do_not_count(monkeypatch):
    clock, seen = Clock(), []
    monkeypatch.setattr(timing, "time", clock)

    def call(turn):
        seen.append(turn)
        clock.time += 100.0 if turn < 2 else float(turn)

    times = timing.times_of(call, repeats=3, warm_up=2)
    assert seen == [0, 1, 2, 3, 4]
    assert times.seconds == (2.0, 3.0, 4.0)
    assert times.processor == (1.0, 1.5, 2.0)
    assert times.cores == 0.5


def test_summary():
    times = Times((4.0, 1.0, 2.0, 3.0, 100.0), (1.0,) * 5)
    assert (times.median, times.quartiles, times.best) == (3.0, (2.0, 4.0), 1.0)
    assert times.per(2) == Times((2.0, 0.5, 1.0, 1.5, 50.0), (0.5,) * 5)
    assert timing.joined([Times((1.0,), (2.0,)), Times((3.0, 4.0), (5.0, 6.0))]) == Times((1, 3, 4), (2, 5, 6))


def test_waiting_reads_every_tensor_whatever_its_shape():
    timing.wait({"a": tf.zeros([]), "b": (tf.zeros([2, 3]), tf.zeros([0]), None)})


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
def test_the_slope_is_the_power(power):
    assert timing.slope([1, 2, 4, 8], [3.0 * n**power for n in (1, 2, 4, 8)]) == pytest.approx(power)
