"""Proves that posterior chains draw from p(z | x), on a linear-Gaussian model whose posterior is known exactly."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.posterior import PosteriorChain
from tests.chains import linear_gaussian
from tests.monte_carlo import assert_gaussian

SEED = seeds.root_seed(1)
BATCH = 20000


def sample(chain, x, seed=SEED, model=None):
    model = model or linear_gaussian.model()
    return np.concatenate(tf.function(lambda: chain.sample(model, x, seed))(), axis=1)


@pytest.mark.parametrize("space", ["z", "eps"])
def test_long_chains_reach_the_posterior(space):
    step_size = 0.2
    z = sample(PosteriorChain(num_steps=500, step_size=step_size, space=space), linear_gaussian.images(BATCH))
    mean, covariance = linear_gaussian.posterior()
    # Where the chain moves, its covariance is off by the factor (I − δ²/4 P)^−1, P the posterior precision there.
    jacobian = np.eye(3) if space == "z" else linear_gaussian.JACOBIAN
    precision = jacobian.T @ np.linalg.inv(covariance) @ jacobian
    biased = np.linalg.inv(precision @ (np.eye(3) - 0.25 * step_size**2 * precision))
    assert_gaussian(z, mean, jacobian @ biased @ jacobian.T)


@pytest.mark.parametrize(("space", "initial"), [("z", "ancestral"), ("z", "gaussian"), ("eps", "ancestral")])
def test_short_chains_have_their_exact_law(space, initial):
    chain = PosteriorChain(num_steps=4, step_size=0.35, space=space, initial=initial)
    start = linear_gaussian.backbone() if initial == "ancestral" else (np.zeros(3), np.eye(3))
    expected = linear_gaussian.after_steps(linear_gaussian.posterior(), start, space, 4, 0.35)
    assert_gaussian(sample(chain, linear_gaussian.images(BATCH)), *expected)


def test_each_image_has_its_own_posterior():
    x = linear_gaussian.images(4)
    x = tf.concat([x[:2], x[2:] + 3.0], 0)
    chain = PosteriorChain(num_steps=5)
    together, apart = sample(chain, x), sample(chain, linear_gaussian.images(4))
    np.testing.assert_allclose(together[:2], apart[:2], atol=1e-6)
    assert (together[2:, :2] != apart[2:, :2]).all()


def test_defaults_are_those_of_the_paper():
    chain = PosteriorChain()
    assert (chain.num_steps, chain.step_size, chain.space, chain.initial) == (40, 0.1, "z", "ancestral")


def test_seeds():
    chain, x = PosteriorChain(num_steps=3), linear_gaussian.images(5)
    first, again, other = (sample(chain, x, seeds.root_seed(s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_traced_samples_are_the_same_samples():
    chain, x, model = PosteriorChain(num_steps=3, space="eps"), linear_gaussian.images(5), linear_gaussian.model()
    z, trace = tf.function(lambda: chain.sample_with_trace(model, x, SEED))()
    np.testing.assert_allclose(np.concatenate(z, axis=1), sample(chain, x, model=model), atol=1e-6)
    assert trace.log_density.shape == (3, 5)


@pytest.mark.parametrize("space", ["z", "eps"])
def test_samples_are_constants(space):
    model, chain = linear_gaussian.model(), PosteriorChain(num_steps=2, space=space)
    with tf.GradientTape() as tape:
        total = tf.add_n([tf.reduce_sum(z) for z in chain.sample(model, linear_gaussian.images(3), SEED)])
    assert all(gradient is None for gradient in tape.gradient(total, model.trainable_variables))
