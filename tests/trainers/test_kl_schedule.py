"""Warm-up by steps and by shares, and free bits of batches and of examples by hand."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.length import TrainingLength

KL = np.float32([0.5, 1.0, 7.5])


def test_warm_up_as_a_share_of_the_run():
    length = TrainingLength(10, 200)
    assert KLSchedule(warm_up_share=0.1).over(length) == KLSchedule(warm_up_steps=20)
    assert KLSchedule(30, warm_up_share=0.1).over(length) == KLSchedule(30)
    unused = TrainingLength(10, 200)
    assert KLSchedule().over(unused) == KLSchedule()
    assert not unused.is_used


@pytest.mark.parametrize(
    ("schedule", "value", "gradient"),
    [
        (KLSchedule(), 3.0, [1, 1, 1]),
        (KLSchedule(free_bits=2.0), 3.0, [1, 1, 1]),
        (KLSchedule(free_bits=3.5), 0.0, [0, 0, 0]),
        (KLSchedule(free_bits=2.0, free_bits_by="example"), (2.0 + 2.0 + 7.5) / 3, [0, 0, 1]),
        (KLSchedule(free_bits=0.75, free_bits_by="example"), (0.75 + 1.0 + 7.5) / 3, [0, 1, 1]),
    ],
)
def test_free_bits(schedule, value, gradient):
    kl = tf.constant(KL)
    with tf.GradientTape() as tape:
        tape.watch(kl)
        found = schedule.pushed(kl)
    assert float(found) == pytest.approx(value)
    np.testing.assert_allclose(tape.gradient(found, kl), np.float32(gradient) / 3)


@pytest.mark.parametrize(
    "arguments", [{"warm_up_steps": -1}, {"warm_up_share": 1.5}, {"free_bits": -0.5}, {"free_bits_by": "layer"}]
)
def test_the_schedule_is_checked(arguments):
    with pytest.raises(ValueError, match=rf"KLSchedule.{next(iter(arguments))} = "):
        KLSchedule(**arguments)
