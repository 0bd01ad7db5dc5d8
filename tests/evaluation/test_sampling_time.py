"""Proves that the EBM's time is the chain's, over that of the backbone alone."""

import time

import pytest
import tensorflow as tf

from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.evaluation.sampling_time import sampling_time
from jebm_tf.models.energy import EnergyHead
from tests.evaluation.subjects import subject_of
from tests.small_models import conv_model, dense_model


class SlowHead(EnergyHead):
    """Takes ten milliseconds more."""

    def call(self, z):
        def wait(value):
            time.sleep(0.01)
            return value

        slow = tf.custom_gradient(
            lambda f: (tf.ensure_shape(tf.py_function(wait, [f], tf.float32), f.shape), tf.identity)
        )
        return slow(super().call(z))


def test_the_time_is_that_of_the_chain_s_steps():
    model = dense_model((3, 2))
    model.energies[0] = SlowHead((2,))
    model.energies[0].build_for((3,))
    found = sampling_time(subject_of(model, prior_chain=PriorChain(num_steps=20)), batch=4, repeats=3)
    added = 4e-3 * found.numbers["milliseconds_per_image_added_by_EBM"]
    assert 20 * 0.01 < added < 40 * 0.01
    backbone = found.numbers["milliseconds_per_image_backbone"] * 4e-3
    assert found.numbers["EBM_percent_of_sampling"] == pytest.approx(100.0 * added / (added + backbone))
    assert 0.0 < backbone < 0.1
    assert found.protocol["batch"] == 4


def test_without_energies_or_images_there_is_nothing_to_time():
    alone = conv_model()
    alone.energies = []
    with pytest.raises(UserError, match="no energies"):
        sampling_time(subject_of(alone))
    with pytest.raises(UserError, match="batch = 0"):
        sampling_time(subject_of(conv_model()), batch=0)
