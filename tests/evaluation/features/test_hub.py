"""Proves how tensorflow-gan's Inception module is fetched, kept and called, on a small module in its place."""

import io
import sys
import tarfile
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features import hub
from jebm_tf.evaluation.features.inception import inception
from tests.evaluation import tfgan


class Module(tf.Module):
    """pool_3 is the image's mean 2,048 times, shaped as the module on the hub has it."""

    @tf.function(input_signature=[tf.TensorSpec((None, 299, 299, 3), tf.float32)])
    def __call__(self, images):
        pooled = tf.reduce_mean(images, axis=(1, 2), keepdims=True)[..., :1]
        return {"pool_3": tf.tile(pooled, [1, 1, 1, 2048]), "logits": tf.ones([tf.shape(images)[0], 1008])}


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The addresses that were asked for; every one of them gives the module."""
    tf.saved_model.save(Module(), str(tmp_path / "module"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(tmp_path / "module", arcname=".")
    addresses = []

    def urlopen(address, timeout):
        assert timeout > 0
        addresses.append(address)
        return io.BytesIO(packed.getvalue())

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    return addresses


def test_the_module_sees_resized_images_gives_both_outputs_and_is_fetched_once(asked, tmp_path):
    before = set(sys.modules)
    for _ in range(2):
        network = inception("tfhub")
    assert asked == ["https://tfhub.dev/tensorflow/tfgan/eval/inception/1?tf-hub-format=compressed"]
    found = network.features(np.full((3, 32, 32, 3), 192, np.uint8))
    np.testing.assert_allclose(found.activations, np.full((3, 2048), 0.5))
    np.testing.assert_array_equal(found.logits, np.ones((3, 1008)))
    assert network.has_logits
    assert [path.parent for path in (tmp_path / "cache").iterdir()] == [tmp_path / "cache"]  # nothing else is left
    assert not {name for name in set(sys.modules) - before if name.startswith(("tensorflow_", "pkg_resources"))}


def test_names_are_tensorflow_gan_s():
    text = tfgan.source("inception_metrics")
    said = {"INCEPTION_TFHUB": hub.ADDRESS, "INCEPTION_FINAL_POOL": hub.POOLED, "INCEPTION_OUTPUT": hub.LOGITS}
    for name, ours in said.items():
        assert f"\n{name} = '{ours}'\n" in text


def page(address, timeout):
    return io.BytesIO(b"<html>log in to the network first</html>")


def unreachable(address, timeout):
    raise urllib.error.URLError(OSError("no route\nto host"))


@pytest.mark.parametrize(("urlopen", "reason"), [(page, "not a gzip file"), (unreachable, ".*no route")])
def test_where_there_is_no_module_a_local_file_is_named(urlopen, reason, monkeypatch, tmp_path):
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    with pytest.raises(UserError, match=rf"cannot be fetched \({reason}.*\); give a local file") as caught:
        inception("tfhub")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
