"""Proves that tensorflow-gan's evaluation part loads, and what becomes of its Inception module."""

import sys

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation import tfgan
from jebm_tf.evaluation.features.inception import inception


@pytest.fixture
def hub():
    tfgan.load("inception_metrics")  # makes it loadable, and loads it
    return sys.modules["tensorflow_hub"]


def test_modules_load_and_load_once():
    assert tfgan.load("classifier_metrics") is tfgan.load("classifier_metrics")
    assert tfgan.load("classifier_metrics").frechet_classifier_distance_from_activations


def test_the_hub_s_module_sees_resized_images_and_gives_both_outputs(hub, monkeypatch):
    seen = []

    def load(address):
        seen.append(address)

        def module(images):
            seen.append(images.shape)
            pooled = tf.reduce_mean(images, axis=(1, 2), keepdims=True)[..., :1]
            return {"pool_3": tf.tile(pooled, [1, 1, 1, 2048]), "logits": tf.ones([tf.shape(images)[0], 1008])}

        return module

    monkeypatch.setattr(hub, "load", load)
    network = inception("tfhub")
    found = network.features(np.full((3, 32, 32, 3), 192, np.uint8))
    assert seen == ["https://tfhub.dev/tensorflow/tfgan/eval/inception/1", (None, 299, 299, 3)]
    np.testing.assert_allclose(found.activations, np.full((3, 2048), 0.5))
    assert found.logits.shape == (3, 1008)
    assert network.has_logits


def test_without_a_network_a_local_file_is_named(hub, monkeypatch):
    def load(address):
        raise OSError("no route\nto host")

    monkeypatch.setattr(hub, "load", load)
    with pytest.raises(UserError, match=r"cannot be fetched \(no route\); give a local file") as caught:
        inception("tfhub")
    assert "\n" not in str(caught.value)
