"""Where rows go."""

import json

import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jebm_tf.callbacks.sinks import json_lines, tensorboard


def test_json_lines_are_objects_with_step_first(tmp_path):
    write = json_lines(tmp_path / "metrics.jsonl", 0)
    write({"step": 1, "a": 0.5})
    write({"step": 2, "a": float("nan")})
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"step": 1, "a": 0.5}, {"step": 2, "a": None}]
    assert lines[0].startswith('{"step"')


def test_rows_of_lost_steps_and_cut_lines_are_removed(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n{"ste')
    json_lines(path, first_step=2)({"step": 3, "a": 1.0})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"step": 1},
        {"step": 2},
        {"step": 3, "a": 1.0},
    ]


def test_tensorboard_gets_every_number_at_its_step(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    tensorboard(writer)({"step": 7, "f/1/gap": 0.25})
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    events.Reload()
    (event,) = events.Tensors("f/1/gap")
    assert (event.step, tf.make_ndarray(event.tensor_proto)) == (7, 0.25)
