"""Proves the Langevin kernel: its stationary law, its signs, its trace, its Metropolis ratio and its plumbing.

Chains of one test are independent and compared with exact answers at five standard errors (`tests.monte_carlo`).
"""

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from jebm_tf import seeds
from jebm_tf.distributions import normal_log_prob
from jebm_tf.samplers import langevin
from jebm_tf.samplers.langevin import LangevinState
from tests.monte_carlo import assert_gaussian, assert_mean
from tests.replicas import two_replicas

SEED = seeds.root_seed(11)


def run(log_density, initial, seed=SEED, **settings):
    return tf.function(lambda: langevin.sample_chain(log_density, initial, seed, **settings))()


def run_with_trace(log_density, initial, seed=SEED, **settings):
    return tf.function(lambda: langevin.sample_chain_with_trace(log_density, initial, seed, **settings))()


def standard_normal(z):
    return normal_log_prob(z[0], 0.0, 1.0)


def skewed(z):
    """log N(z; 0, 1) + 1.2 softplus(2 z − 0.5): one mode, near 2.3, and a long tail to the left of it."""
    return normal_log_prob(z[0], 0.0, 1.0) + 1.2 * tf.nn.softplus(2.0 * z[0][:, 0] - 0.5)


def coupled(z):
    """Two layers of 2 and 1 axes, neither symmetric nor independent of each other."""
    low, high = z
    tilt = tf.nn.softplus(low[:, 0] - 2.0 * low[:, 1]) - 0.3 * tf.exp(0.5 * high[:, 0])
    return normal_log_prob(low, high * [[1.0, -0.5]], tf.exp(0.3 * high)) + normal_log_prob(high, 1.0, 0.7) + tilt


def coupled_start(batch=6):
    rng = np.random.default_rng(2)
    return tuple(tf.constant(rng.standard_normal((batch, dim)), tf.float32) for dim in (2, 1))


def _skewed_law():
    """Grid and normalised weights of `skewed`."""
    points = np.linspace(-8.0, 10.0, 9001)
    log_density = skewed((tf.constant(points[:, None], tf.float32),)).numpy().astype(np.float64)
    weights = np.exp(log_density - log_density.max())
    return points, weights / weights.sum()


@pytest.mark.parametrize("step_size", [0.5, 1.0])
@pytest.mark.parametrize("noise_scale", [1.0, 0.5])
def test_stationary_variance_on_a_normal(step_size, noise_scale):
    # z ← (1 − δ²/2) z + ν δ ε has variance ν² / (1 − δ²/4); 100 steps leave (1 − δ²/2)^100 < 2e-6 of the start.
    start = (tf.fill([40000, 1], 3.0),)
    (z,) = run(standard_normal, start, num_steps=100, step_size=step_size, noise_scale=noise_scale)
    assert_gaussian(z, [0.0], [[noise_scale**2 / (1.0 - step_size**2 / 4.0)]])


def test_layers_and_axes_have_laws_of_their_own():
    mean, scale = np.float32([2.0, -1.0, 0.5, -3.0]), np.float32([0.5, 1.0, 2.0, 0.7])

    def log_density(z):
        return normal_log_prob(z[0], mean[:2], scale[:2]) + normal_log_prob(z[1], mean[2:], scale[2:])

    z = run(log_density, (tf.zeros([20000, 2]), tf.zeros([20000, 2])), num_steps=7, step_size=0.4)
    # After K steps from 0: mean m (1 − a^K) and variance δ² (1 − a^2K) / (1 − a²), with a = 1 − δ²/(2 s²).
    a = 1.0 - 0.08 / scale**2
    variance = 0.16 * (1.0 - a**14) / (1.0 - a**2)
    assert_gaussian(np.concatenate(z, axis=1), mean * (1.0 - a**7), np.diag(variance))


def test_asymmetric_target_against_numerical_integration():
    points, weights = _skewed_law()
    (z,) = run(skewed, (tf.zeros([20000, 1]),), num_steps=4000, step_size=0.1)
    # The chain's own law differs by O(δ²): on a normal of curvature P the variance is off by the factor δ²P/4, here
    # at most 0.0025, so 0.005 bounds the bias of a mean of spread 1 and of a probability.
    assert_mean(z[:, 0], weights @ points, allowance=0.005)
    assert_mean(np.asarray(z[:, 0] < 0.5), weights @ (points < 0.5), allowance=0.005)
    assert_mean(np.asarray(z[:, 0] > 3.5), weights @ (points > 3.5), allowance=0.005)


def test_asymmetric_reference_is_asymmetric():
    points, weights = _skewed_law()
    mean = weights @ points
    skewness = (weights @ (points - mean) ** 3) / (weights @ (points - mean) ** 2) ** 1.5
    assert abs(mean) > 1.0
    assert abs(skewness) > 0.2


def test_without_noise_it_climbs_to_the_mode():
    mode = minimize_scalar(lambda v: 0.5 * v**2 - 1.2 * np.log1p(np.exp(2 * v - 0.5)), bracket=(0.0, 3.0)).x
    (z,) = run(skewed, (tf.constant([[-2.0], [0.0], [6.0]]),), num_steps=400, step_size=0.5, noise_scale=0.0)
    np.testing.assert_allclose(z, np.full((3, 1), mode), atol=1e-4)


def test_one_step_by_hand():
    noise = (tf.constant([[1.0], [-2.0]]),)
    (z,) = langevin.move((tf.constant([[3.0], [0.5]]),), (tf.constant([[10.0], [-4.0]]),), noise, 0.2, 0.5)
    # 3 + 0.02·10 + 0.1·1 and 0.5 − 0.02·4 − 0.1·2.
    np.testing.assert_allclose(z, [[3.3], [0.22]], rtol=1e-6)


def _tfp_step(log_density, position, step_size):
    """One step of tensorflow-probability's kernel, whose step size is δ²: its proposal and its results."""
    import tensorflow_probability as tfp

    kernel = tfp.mcmc.UncalibratedLangevin(lambda *z: log_density(z), step_size=step_size**2)
    return kernel.one_step(list(position), kernel.bootstrap_results(list(position)), seed=(3, 4))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_step_and_its_acceptance_equal_those_of_tensorflow_probability():
    position, step_size = coupled_start(), 0.6
    # On a flat density the kernel adds δ times its noise, and the noise depends on the seed alone.
    still, _ = _tfp_step(lambda z: 0.0 * z[0][:, 0] + 0.0 * z[1][:, 0], position, step_size)
    noise = tuple((moved - z) / step_size for moved, z in zip(still, position, strict=True))
    proposal, results = _tfp_step(coupled, position, step_size)
    old = LangevinState(position, *langevin.value_and_gradient(coupled, position))
    moved = langevin.move(position, old.gradient, noise, step_size)
    for ours, theirs in zip(moved, proposal, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    new = LangevinState(moved, *langevin.value_and_gradient(coupled, moved))
    expected = results.target_log_prob - old.log_density + results.log_acceptance_correction
    found = langevin.log_acceptance(old, new, noise, step_size)
    assert (found.numpy() < -0.01).any()
    np.testing.assert_allclose(found, np.minimum(expected, 0.0), atol=1e-4)


def test_acceptance_without_noise_asks_for_a_rise():
    def state(value):
        return LangevinState((tf.zeros([2, 1]),), tf.constant(value), (tf.zeros([2, 1]),))

    found = langevin.log_acceptance(state([1.0, 1.0]), state([2.0, 0.5]), (tf.zeros([2, 1]),), 0.1, noise_scale=0.0)
    np.testing.assert_array_equal(found, [0.0, -np.inf])


@pytest.mark.parametrize("noise_scale", [1.0, 0.5])
def test_adjusted_chains_are_exact_at_a_long_step(noise_scale):
    """At δ = 1.2 the unadjusted chain on N(0, 1) has variance 1.56."""
    start = (tf.fill([40000, 1], 3.0),)
    settings = {"num_steps": 100, "step_size": 1.2, "noise_scale": noise_scale}
    (z,) = run(standard_normal, start, adjusted=True, **settings)
    assert_gaussian(z, [0.0], [[noise_scale**2]])


def test_an_adjusted_chain_on_an_asymmetric_target_needs_no_allowance():
    points, weights = _skewed_law()
    (z,) = run(skewed, (tf.zeros([20000, 1]),), num_steps=200, step_size=0.8, adjusted=True)
    for statistic in (lambda p: p, lambda p: p < 0.5, lambda p: p > 3.5):
        assert_mean(np.float64(statistic(z[:, 0].numpy())), weights @ statistic(points))


def test_an_adjusted_chain_stays_or_moves_as_a_whole_and_at_the_rate_that_it_reports():
    start, settings = coupled_start(3000), {"num_steps": 1, "step_size": 1.3}
    moved = run(coupled, start, **settings)
    kept = run(coupled, start, adjusted=True, **settings)
    _, trace = run_with_trace(coupled, start, adjusted=True, **settings)
    taken = (kept[0].numpy() != start[0].numpy()).any(axis=1)
    for old, proposal, new in zip(start, moved, kept, strict=True):
        np.testing.assert_allclose(new, np.where(taken[:, None], proposal, old), atol=1e-6)
    assert 0.1 < taken.mean() < 0.9
    assert_mean(np.float64(taken) - trace.acceptance[0], 0.0)


@pytest.mark.parametrize("wall", [np.nan, -np.inf])
def test_an_adjusted_chain_never_enters_where_the_density_is_zero_or_no_number(wall):
    def walled(z):
        return tf.where(z[0][:, 0] > 0.5, wall, standard_normal(z))

    (z,) = run(walled, (tf.zeros([500, 1]),), num_steps=50, step_size=0.8, adjusted=True)
    assert np.isfinite(z).all()
    assert np.max(z) <= 0.5
    assert np.max(z) > 0.3


@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_traced_chain_is_the_same_chain(jit, adjusted):
    settings = {"num_steps": 8, "step_size": 0.9, "noise_scale": 0.8, "jit": jit, "adjusted": adjusted}
    plain = run(coupled, coupled_start(), **settings)
    traced, _ = run_with_trace(coupled, coupled_start(), **settings)
    for a, b in zip(plain, traced, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)  # rounding of numbers up to 5, in another order of sums


@pytest.mark.parametrize("adjusted", [False, True])
def test_jit_on_and_off_give_the_same_chain(adjusted):
    settings = {"num_steps": 10, "step_size": 0.3, "adjusted": adjusted}
    plain, trace = run_with_trace(coupled, coupled_start(), jit=False, **settings)
    jitted, jitted_trace = run_with_trace(coupled, coupled_start(), jit=True, **settings)
    # Only rounding differs: 1e-7 per operation, ten steps, numbers of size one.
    for a, b in zip(plain, jitted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(trace.log_density, jitted_trace.log_density, atol=1e-4)


@pytest.mark.parametrize("adjusted", [False, True])
def test_two_replicas_share_out_the_chains_of_one(adjusted):
    strategy = two_replicas()
    settings = {"num_steps": 6, "step_size": 0.9, "adjusted": adjusted}
    starts = [tuple(z[rows] for z in coupled_start()) for rows in (slice(3), slice(3, 6))]

    @tf.function
    def draw():
        def of(context):
            return starts[context.replica_id_in_sync_group]

        start = strategy.experimental_distribute_values_from_function(of)
        return strategy.run(lambda z: langevin.sample_chain(coupled, z, seeds.on_replica(SEED, 3), **settings), [start])

    for layer, whole in zip(draw(), run(coupled, coupled_start(), **settings), strict=True):
        found = np.concatenate(strategy.experimental_local_results(layer))
        np.testing.assert_allclose(found, whole, atol=1e-5)


def test_trace_against_direct_evaluation():
    steps, step_size, noise_scale = 5, 0.4, 0.7
    settings = {"step_size": step_size, "noise_scale": noise_scale}
    visited = [run(coupled, coupled_start(), num_steps=k, **settings) for k in range(steps + 1)]
    _, trace = run_with_trace(
        coupled, coupled_start(), num_steps=steps, observe=lambda z: {"top": z[1][:, 0]}, **settings
    )
    evaluated = [langevin.value_and_gradient(coupled, z) for z in visited]
    flat = [np.concatenate(z, axis=1) for z in visited]
    gradients = [np.concatenate(gradient, axis=1) for _, gradient in evaluated]
    for k in range(steps):
        np.testing.assert_allclose(trace.log_density[k], evaluated[k][0], rtol=1e-5)
        np.testing.assert_allclose(trace.gradient_norm[k], np.linalg.norm(gradients[k], axis=1), rtol=1e-5)
        np.testing.assert_allclose(trace.observed["top"][k], flat[k][:, 2], rtol=1e-5, atol=1e-6)
        rise = (evaluated[k + 1][0] - evaluated[k][0]).numpy() / noise_scale**2
        forward = norm.logpdf(flat[k + 1], flat[k] + 0.5 * step_size**2 * gradients[k], noise_scale * step_size)
        backward = norm.logpdf(flat[k], flat[k + 1] + 0.5 * step_size**2 * gradients[k + 1], noise_scale * step_size)
        ratio = np.exp(rise + backward.sum(axis=1) - forward.sum(axis=1))
        np.testing.assert_allclose(trace.acceptance[k], np.minimum(ratio, 1.0), rtol=1e-3)
    assert trace.acceptance.shape == (steps, 6)


def test_no_steps_return_the_start():
    start = coupled_start()
    for a, b in zip(run(coupled, start, num_steps=0, step_size=0.1), start, strict=True):
        np.testing.assert_array_equal(a, b)
    position, trace = run_with_trace(coupled, start, num_steps=0, step_size=0.1)
    np.testing.assert_array_equal(position[0], start[0])
    assert trace.log_density.shape == (0, 6)


def test_number_of_steps_may_be_a_tensor():
    settings = {"step_size": 0.2}
    fixed = run(coupled, coupled_start(), num_steps=4, **settings)
    variable = run(coupled, coupled_start(), num_steps=tf.constant(4), **settings)
    np.testing.assert_array_equal(fixed[0], variable[0])


def test_seeds_and_examples_draw_noise_of_their_own():
    start = (tf.zeros([4, 1]),)
    first, again, other = (
        run(skewed, start, seed=seeds.root_seed(s), num_steps=3, step_size=0.2)[0].numpy() for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(np.concatenate([first, other]))) == 8


@pytest.mark.parametrize("sampler", [langevin.sample_chain, langevin.sample_chain_with_trace])
def test_no_gradient_flows_out(sampler):
    start, slope = tf.Variable([[1.0]]), tf.Variable(0.5)

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            end = sampler(lambda z: slope * z[0][:, 0], (start,), SEED, num_steps=2, step_size=0.3)
            position = end[0] if sampler is langevin.sample_chain_with_trace else end
            total = tf.reduce_sum(position[0])
        found = tape.gradient(total, [start, slope])
        assert found == [None, None]
        return total

    gradients()
