"""Proves that samples are the mixture's and codes are the encoder's."""

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.samplers import Codes, MixtureSampler
from tests.baselines.autoencoder.models import autoencoder
from tests.monte_carlo import assert_gaussian


def test_samples_have_the_mixture_s_law_and_the_seed_s_numbers():
    model = autoencoder(dim=2)
    model.backbone.prior.means.assign([[3.0, -1.0]] * 3)
    (z,) = MixtureSampler().sample(model, 20000, seeds.root_seed(1))
    assert_gaussian(z, [3.0, -1.0], np.eye(2))
    again, trace = MixtureSampler().sample_with_trace(model, 20000, seeds.root_seed(1))
    assert trace is None
    np.testing.assert_array_equal(again[0], z)


def test_codes_do_not_depend_on_the_seed():
    model, x = autoencoder(), tf.random.stateless_uniform((3, 8, 8, 1), (0, 1), -1.0, 1.0)
    for seed in (1, 2):
        np.testing.assert_array_equal(Codes().sample(model, x, seeds.root_seed(seed))[0], model.backbone.encode(x)[0])
    assert Codes().sample_with_log_q(model, x, seeds.root_seed(1))[1] == ()
