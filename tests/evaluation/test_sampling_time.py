"""Proves that the EBM's time is the chain's, over that of the backbone alone."""

import pytest
import tensorflow as tf

from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.evaluation import sampling_time as module
from jebm_tf.models.energy import EnergyHead
from tests.evaluation.contexts import context_of
from tests.small_models import conv_model, dense_model


class Clock:
    """Stands in for the machine's: a millisecond passes whenever somebody looks."""

    now = 0.0

    def perf_counter(self):
        self.now += 1e-3
        return self.now


class SlowHead(EnergyHead):
    """Takes ten milliseconds of a clock."""

    clock: Clock

    def call(self, z):
        def wait(value):
            self.clock.now += 10e-3
            return value

        slow = tf.custom_gradient(
            lambda f: (tf.ensure_shape(tf.py_function(wait, [f], tf.float32), f.shape), tf.identity)
        )
        return slow(super().call(z))


def test_the_time_is_that_of_the_chain_s_steps(monkeypatch):
    model = dense_model((3, 2))
    model.energies[0] = SlowHead((2,))
    model.energies[0].build_for((3,))
    model.energies[0].clock = Clock()
    monkeypatch.setattr(module, "time", model.energies[0].clock)
    found = module.sampling_time(context_of(model, prior_chain=PriorChain(num_steps=20)), batch=4, repeats=3)
    assert found.numbers == pytest.approx(
        {
            "milliseconds_per_image_backbone": 2.0 / 4,  # a look at the clock for latents, and one for images
            "milliseconds_per_image_added_by_EBM": 20 * 10.0 / 4,
            "EBM_percent_of_sampling": 100.0 * 200.0 / 202.0,
        }
    )
    assert found.protocol["batch"] == 4


def test_without_energies_or_images_there_is_nothing_to_time():
    alone = conv_model()
    alone.energies = []
    with pytest.raises(UserError, match="no energies"):
        module.sampling_time(context_of(alone))
    with pytest.raises(UserError, match="batch = 0"):
        module.sampling_time(context_of(conv_model()), batch=0)
