"""Proves that a chain seen on its way ends where the same settings end, and that its stops belong together."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.trajectory import joined, trajectory
from tests.monte_carlo import assert_mean
from tests.small_models import conditional_model, dense_model, skewed_model

SEED = seeds.root_seed(5)


@pytest.mark.parametrize("space", ["z", "eps"])
def test_stops_and_traces_fit_together(space):
    model = dense_model((3, 12))
    chain = PriorChain(num_steps=1, step_size=0.2, space=space)
    (start, none), (middle, first), (end, second) = trajectory(chain, model, 6, SEED, [0, 3, 7])
    assert none is None
    trace = joined([none, first, second])
    assert trace.log_density.shape == (7, 6)
    for stop, z in ((0, start), (3, middle)):
        for name, value in zip(("1", "2"), model.f_terms(z), strict=True):
            np.testing.assert_allclose(trace.observed.f[name][stop], value, rtol=1e-4, atol=1e-5)
    assert [layer.shape for layer in trace.observed.coordinates] == [(7, 6, 3), (7, 6, 8)]
    assert np.abs(end[0] - middle[0]).min() > 0.0


def test_a_long_trajectory_has_the_chain_s_law():
    model, chain = skewed_model(), PriorChain(num_steps=400, step_size=0.3, adjusted=True)
    *_, (z, _) = trajectory(chain, model, 20000, SEED, [100, 400])
    expected = tf.function(lambda: chain.sample(model, 20000, seeds.root_seed(6)))()
    for layer in range(2):
        assert_mean(np.float64(z[layer][:, 0] - expected[layer][:, 0]), 0.0, allowance=2e-3)


def test_conditional_tilting_is_refused():
    with pytest.raises(ValueError, match="known only up to"):
        next(trajectory(PriorChain(), conditional_model(), 2, SEED, [1]))
