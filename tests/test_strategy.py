"""Strategies by name, and where XLA is used."""

import json

import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.strategy import is_chief, make_strategy, use_jit


def test_auto_is_one_device_without_several_gpus(monkeypatch):
    assert make_strategy("auto").num_replicas_in_sync == 1
    assert make_strategy("auto") is make_strategy("one_device")
    assert is_chief(make_strategy("auto"))


@pytest.mark.parametrize("name", ["tpu", "gpu", "multi_worker"])
def test_what_is_not_there_is_said_in_one_line(name, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UserError, match=f"^--strategy={name}: [^\n]*$"):
        make_strategy(name)


CLUSTER = {"worker": ["a:1", "b:2"]}


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ("{", "is no JSON"),
        ("[]", "lacks list indices"),
        (json.dumps({"cluster": CLUSTER}), "lacks 'task'; it reads {\"cluster\": "),
        (json.dumps({"cluster": CLUSTER, "task": {"type": "worker"}}), "lacks 'index'"),
        (json.dumps({"cluster": CLUSTER, "task": {"type": "ps", "index": 0}}), "lacks 'ps'"),
        (json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": 2}}), "task.index is 2, and worker has 2"),
        (json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": "0"}}), "task.index is '0'"),
        (json.dumps({"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}), 'must read "host:port"'),
    ],
)
def test_a_wrong_cluster_is_one_line(config, what, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UserError) as caught:
        make_strategy("multi_worker")
    assert str(caught.value).startswith("--strategy=multi_worker: TF_CONFIG")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_jit_auto_follows_the_gpu(monkeypatch):
    assert use_jit("auto") is False
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu"] if kind == "GPU" else [])
    assert use_jit("auto") is True
    assert use_jit(False) is False
    assert use_jit(True) is True
