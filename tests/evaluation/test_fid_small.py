"""Proves that distances by a small classifier tell good samples from bad ones, on real digits."""

from dataclasses import replace

import numpy as np
import pytest

from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.data import digits
from jebm_tf.errors import UserError
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


def test_other_numbers_of_steps_are_measured_as_if_the_chain_had_them(tmp_path):
    plain = replace(context_of(conv_model(), cache=tmp_path), images=digits.load)
    asked = fid_small(plain, num_samples=60, epochs=1, prior_steps=(0, 5)).numbers
    for steps in (0, 5):
        chain = replace(plain.prior_sampler, num_steps=steps)
        alone = fid_small(replace(plain, prior_sampler=chain, _drawn={}), num_samples=60, epochs=1).numbers
        assert asked[f"fid_small_after_{steps}_steps"] == alone["fid_small"]
    assert len({asked["fid_small"], *(asked[f"fid_small_after_{k}_steps"] for k in (0, 5))}) == 3


def test_steps_of_what_has_no_chain_are_refused(tmp_path):
    sampled = replace(context_of(conv_model(), cache=tmp_path), images=digits.load, prior_sampler=ImportanceResampler())
    with pytest.raises(UserError, match=r"fid_small.prior_steps: ImportanceResampler draws samples without a chain"):
        fid_small(sampled, num_samples=60, epochs=1, prior_steps=(0,))
