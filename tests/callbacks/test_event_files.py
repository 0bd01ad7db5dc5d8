"""Proves that TensorBoard sees each step once, however often a run was stopped and had to do steps again."""

import math
import subprocess
import sys

import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jebm_tf.callbacks.event_files import forget_after


def write(directory, steps, value=0.0):
    writer = tf.summary.create_file_writer(str(directory))
    for step in steps:
        with writer.as_default(step=step):
            tf.summary.scalar("a", math.nan if value is None else value + step)
    writer.close()


def read(directory):
    """By step: files of one second are read in the order of their numbers' digits, 10 before 9."""
    events = EventAccumulator(str(directory), size_guidance={"tensors": 0}, purge_orphaned_data=False)
    events.Reload()
    return sorted((event.step, float(tf.make_ndarray(event.tensor_proto))) for event in events.Tensors("a"))


def test_steps_that_are_done_again_stand_once(tmp_path):
    """Two resumptions, the second from before where the first began."""
    write(tmp_path, range(1, 9))
    forget_after(tmp_path, 6)
    write(tmp_path, range(7, 12), 100.0)
    forget_after(tmp_path, 4)
    write(tmp_path, range(5, 7), 200.0)
    assert read(tmp_path) == [(step, step + (200.0 if step > 4 else 0.0)) for step in range(1, 7)]


def test_what_a_kill_cut_short_is_left_out(tmp_path):
    write(tmp_path, [1, 500, 100_000])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    forget_after(tmp_path, 10**6)
    assert [step for step, _ in read(tmp_path)] == [1, 500]
    write(tmp_path, [100_000], None)
    assert [step for step, _ in read(tmp_path)] == [1, 500, 100_000]
    assert math.isnan(read(tmp_path)[-1][1])


def test_files_with_nothing_to_forget_are_not_touched(tmp_path):
    write(tmp_path, [1, 2])
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns, path.read_bytes()
    forget_after(tmp_path, 2)
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


FULL = """
import resource, sys
import tensorflow as tf
from jebm_tf.callbacks.event_files import events_at
writer = tf.summary.create_file_writer(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    with events_at(writer, 1):
        tf.summary.text("a", "long " * 100)
except OSError as error:
    print("refused:", error)
"""


def test_a_full_disk_is_no_end_of_data(tmp_path):
    """As an OutOfRangeError, which TensorFlow makes of it, it would end Keras' fit as if all steps were done."""
    line = [sys.executable, "-c", FULL, str(tmp_path)]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert said.startswith("refused: TensorBoard's events: ")
    assert "File too large" in said
