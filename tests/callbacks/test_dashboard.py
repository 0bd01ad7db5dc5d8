"""TensorBoard gets a layout of curves that there are, the run's plain settings, and a line on each scalar."""

import re

import pytest
import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from jebm_tf.callbacks import dashboard, event_files


@pytest.fixture
def summaries(tmp_path):
    """What is written, by tag."""
    writer = tf.summary.create_file_writer(str(tmp_path))
    settings = {
        "PriorChain.num_steps": "20",
        "Run.trainer": "@MLETrainer",
        "a.dims": "(3, 4)",
        "c.part": "@Part()",
        "b.kind": "'eps'",
    }
    with event_files.events_at(writer, 7):
        dashboard.write(settings)
    events, whole = event_files._read(next(tmp_path.glob("events.*")))
    assert whole
    return {value.tag: value for event in events for value in event.summary.value if event.step == 7}


def test_the_layout(summaries):
    layout = layout_pb2.Layout.FromString(summaries["custom_scalars__config__"].tensor.string_val[0])
    charts = {chart.title: list(chart.multiline.tag) for chart in layout.category[0].chart}
    assert charts == dashboard._FIRST
    tags = ["log_likelihood", "f/1/gap", "f/2/posterior", "f/2/prior", "prior_chain/acceptance", "images_per_second"]
    for tag in tags:
        assert any(re.fullmatch(pattern, tag) for patterns in charts.values() for pattern in patterns), tag


def test_the_settings(summaries):
    data = summaries["_hparams_/session_start_info"].metadata.plugin_data.content
    found = plugin_data_pb2.HParamsPluginData.FromString(data).session_start_info.hparams
    assert found["PriorChain.num_steps"].number_value == 20
    assert found["Run.trainer"].string_value == "@MLETrainer"
    assert found["b.kind"].string_value == "eps"
    assert not {"a.dims", "c.part"} & set(found)


def test_meanings():
    assert dashboard.meaning("f/2/gap").startswith("f(z+) - f(z-)")
    assert dashboard.meaning("f/all/prior").startswith("f on samples")
    assert dashboard.meaning("steps_per_second") is None
    for line in dashboard._MEANINGS.values():
        assert len(line) < 120
