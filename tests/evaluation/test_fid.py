"""Proves that `fid` compares samples with the reference, says what it compared, and keeps the reference's features."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.fid import fid
from jebm_tf.evaluation.frechet import frechet_distance
from jebm_tf.evaluation.kid import kid
from tests.evaluation.contexts import context_of
from tests.small_models import conv_model


def counting_network(digest="0"):
    """Six block means of an image; counts the images that it has seen."""
    seen = []

    def compute(pixels):
        tf.py_function(lambda x: seen.append(len(x)), [pixels], [])
        means = tf.nn.avg_pool2d(tf.cast(pixels, tf.float32), 4, 4, "VALID")
        return tf.reshape(means, [tf.shape(pixels)[0], -1]), None

    return FeatureNetwork("blocks", digest, "none", False, compute), seen


def test_it_is_the_distance_of_the_features(tmp_path):
    context = context_of(conv_model(), cache=tmp_path)
    network, _ = counting_network()
    found = fid(context, network, num_samples=50)
    real = network.features(context.images("train").images).activations
    generated = network.features(context.samples(50)).activations
    assert found.numbers["fid"] == pytest.approx(frechet_distance(real, generated))
    assert found.protocol["samples"] == 50
    assert found.protocol["reference"]["number"] == 30
    assert found.protocol["feature_network"]["resizing"] == "none"
    assert "30 images are fewer than 2048" in found.notes[0]


def test_each_image_is_looked_at_once(tmp_path):
    context = context_of(conv_model(), cache=tmp_path)
    network, seen = counting_network()
    first = fid(context, network, num_samples=50)
    assert sum(seen) == 30 + 50
    assert "kid" in kid(context, network, num_samples=50).numbers
    assert sum(seen) == 30 + 50
    another = context_of(conv_model(), cache=tmp_path)  # a later command
    assert fid(another, network, num_samples=50).numbers == first.numbers
    assert sum(seen) == 30 + 50 + 50


def test_other_weights_or_other_images_are_looked_at_anew(tmp_path):
    network, seen = counting_network()
    fid(context_of(conv_model(), cache=tmp_path), network, num_samples=5)
    other, seen_by_other = counting_network("1")
    fid(context_of(conv_model(), cache=tmp_path), other, num_samples=5)
    assert sum(seen_by_other) == 35
    fid(context_of(conv_model(), cache=tmp_path), network, num_samples=5, num_reference=20)
    assert sum(seen) == 35 + 25


def test_a_spoilt_cache_is_made_anew(tmp_path):
    network, seen = counting_network()
    first = fid(context_of(conv_model(), cache=tmp_path), network, num_samples=5)
    (kept,) = (tmp_path / "features").glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    assert fid(context_of(conv_model(), cache=tmp_path), network, num_samples=5).numbers == first.numbers
    assert sum(seen) == 2 * 35


def test_worse_samples_are_further_away(tmp_path):
    """Monotone response: the distance grows with blur and with noise."""
    rng = np.random.default_rng(0)
    images = context_of(conv_model()).samples(400)
    network, _ = counting_network()
    real = network.features(images[:200]).activations
    noise = rng.normal(size=images[200:].shape)
    distances = [
        frechet_distance(real, network.features(np.clip(images[200:] + s * noise, 0, 255).astype(np.uint8)).activations)
        for s in (0.0, 30.0, 60.0, 120.0)
    ]
    assert np.all(np.diff(distances) > 0.0)


def test_one_sample_is_refused(tmp_path):
    with pytest.raises(UserError, match="num_samples = 1"):
        fid(context_of(conv_model(), cache=tmp_path), counting_network()[0], num_samples=1)
