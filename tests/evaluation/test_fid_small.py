"""Proves that distances by a small classifier tell good samples from bad ones, on real digits."""

from dataclasses import replace

import numpy as np

from jebm_tf.data import digits
from jebm_tf.evaluation.context import weights_digest
from jebm_tf.evaluation.fid_small import fid_small
from tests.evaluation.contexts import context_of
from tests.small_models import conv_model


def context(cache, samples):
    """Of a model whose samples are given images."""
    found = replace(context_of(conv_model(), cache=cache), images=digits.load)
    found._drawn[weights_digest(found.model), len(samples)] = samples
    return found


def test_real_digits_are_near_and_others_far(tmp_path):
    real = digits.load("train").images
    rng = np.random.default_rng(0)
    samples = {
        "real": real[::2],
        "noisy": np.clip(real[::2] + 60.0 * rng.normal(size=real[::2].shape), 0, 255).astype(np.uint8),
        "one class": real[digits.load("train").labels == 3],
    }
    found = {
        name: fid_small(context(tmp_path, images), num_samples=len(images), epochs=4)
        for name, images in samples.items()
    }
    distance = {name: result.numbers["fid_small"] for name, result in found.items()}
    assert distance["real"] < 0.1 * distance["noisy"] < distance["one class"]
    assert distance["real"] < found["real"].numbers["fid_small_of_test_split"] < distance["one class"]
    assert abs(found["real"].numbers["kid_small"]) < found["noisy"].numbers["kid_small"]
    assert found["one class"].numbers["total_variation_of_classes"] > 0.8
    assert found["real"].numbers["total_variation_of_classes"] < 0.05
    assert found["real"].protocol["classifier_test_accuracy"] > 0.8
    assert sum(row["data_percent"] for row in found["real"].tables["classes"]) == 100.0
