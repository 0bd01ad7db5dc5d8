"""Two logical CPU devices, so that two replicas can be tested on any machine. Must precede every use of TensorFlow.

Beside them the fixtures that more than one file needs.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf

import gin
from jebm_tf import registry

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture
def clean_gin():
    """A test begins without gin settings, and leaves none."""
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.fixture
def own_names(monkeypatch, tmp_path_factory):
    """Lets a test register names and import modules that it wrote, which are forgotten afterwards."""
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    written = str(tmp_path_factory.getbasetemp())
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(written):
            del sys.modules[name]
