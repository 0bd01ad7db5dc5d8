"""Proves the Inception Score against its definition, and against tensorflow-gan."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.inception_score import inception_score, split_scores
from tests.evaluation import tfgan
from tests.evaluation.contexts import context_of
from tests.small_models import conv_model


def test_against_its_definition():
    logits = np.random.default_rng(0).normal(size=(60, 5)) * 2.0
    found = split_scores(logits, 3)
    for part, score in zip(np.split(logits, 3), found, strict=True):
        p = np.exp(part) / np.exp(part).sum(axis=1, keepdims=True)
        assert score == pytest.approx(np.exp(np.mean(np.sum(p * np.log(p / p.mean(axis=0)), axis=1))))


def test_against_tensorflow_gan():
    logits = np.random.default_rng(1).normal(size=(300, 1008)).astype(np.float32) * 8.0
    expected = [tfgan.inception_score(part) for part in np.array_split(logits, 7)]
    np.testing.assert_allclose(split_scores(logits, 7), expected, rtol=1e-11)


def test_certain_and_even_classes_score_their_number():
    assert split_scores(100.0 * np.tile(np.eye(7), (4, 1)), 1)[0] == pytest.approx(7.0)
    assert split_scores(np.zeros((8, 7)), 2) == pytest.approx(1.0)
    beyond = 5000.0 * np.tile(np.eye(7)[:3], (4, 1))  # four classes have no probability that float64 can hold
    assert split_scores(beyond, 1)[0] == pytest.approx(3.0)


def network(has_logits):
    def compute(pixels):
        flat = tf.reshape(tf.cast(pixels, tf.float32), [tf.shape(pixels)[0], -1])
        return flat, flat[:, :4] / 50.0 if has_logits else None

    return FeatureNetwork("flat", "0", "none", has_logits, compute)


def test_of_a_model():
    found = inception_score(context_of(conv_model()), network(True), num_samples=40, num_splits=4)
    assert 1.0 <= found.numbers["inception_score"] <= 4.0
    assert "40 samples are few" in found.notes[0]


def test_weights_without_logits_are_refused():
    with pytest.raises(UserError, match="no logits"):
        inception_score(context_of(conv_model()), network(False), num_samples=40)
    with pytest.raises(UserError, match="cannot make 10 splits"):
        inception_score(context_of(conv_model()), network(True), num_samples=4)
