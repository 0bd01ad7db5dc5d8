"""Proves the likelihoods: discrete ones sum to one over all images, all agree with an independent formula."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from jebm_tf import seeds
from jebm_tf.models.likelihood import BernoulliLikelihood, GaussianLikelihood, PixelwiseGaussianLikelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from tests.monte_carlo import assert_gaussian, assert_mean
from tests.rebuilding import rebuilt

LEVELS = np.float32(np.arange(256) / 127.5 - 1.0)


def built(likelihood, channels=1):
    likelihood.build_for((1, 1, channels))
    return likelihood


def output(likelihood, channels, seed=0, scale=1.0):
    """A random generator output for one pixel."""
    shape = (1, 1, 1, likelihood.outputs(channels))
    return tf.constant(scale * np.random.default_rng(seed).standard_normal(shape), tf.float32)


def mass(likelihood, pixels, given):
    """p of each row of `pixels`, one pixel's channels."""
    x = tf.constant(pixels[:, None, None, :], tf.float32)
    return np.exp(likelihood.log_prob(x, tf.repeat(given, len(pixels), axis=0)).numpy().astype(np.float64))


def test_gaussian_against_scipy_and_its_learned_scale():
    rng = np.random.default_rng(0)
    x, mean = np.float32(rng.standard_normal((2, 4, 3, 2, 1)))
    for learned in (False, True):
        likelihood = built(GaussianLikelihood(0.4, learned=learned))
        expected = stats.norm.logpdf(x, mean, 0.4).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(likelihood.log_prob(x, mean), expected, rtol=1e-5)
        assert len(likelihood.trainable_variables) == int(learned)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(likelihood.log_prob(x, mean))
    (gradient,) = tape.gradient(value, likelihood.trainable_variables)
    np.testing.assert_allclose(gradient, ((x - mean) ** 2 / 0.4**2 - 1.0).sum(), rtol=1e-4)  # d/d log σ


def test_bernoulli_on_binary_images():
    likelihood, logit = built(BernoulliLikelihood()), np.float32([[[[0.7], [-1.9]]]])
    p = special.expit(logit).ravel()
    for x, expected in (([1.0, -1.0], p[0] * (1 - p[1])), ([-1.0, -1.0], (1 - p[0]) * (1 - p[1]))):
        found = likelihood.log_prob(np.float32(x).reshape(1, 1, 2, 1), logit)
        np.testing.assert_allclose(np.exp(found), [expected], rtol=1e-5)
    np.testing.assert_allclose(likelihood.mean(logit).numpy().ravel(), 2 * p - 1, rtol=1e-5)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_logistic_mixture_sums_to_one_over_grey_levels(scale):
    likelihood = built(LogisticMixtureLikelihood(4))
    assert mass(likelihood, LEVELS[:, None], output(likelihood, 1, scale=scale)).sum() == pytest.approx(1.0, abs=1e-4)


def test_logistic_mixture_sums_to_one_over_colours():
    """Summed over blue for fixed red and green, then over green, then over red, on the levels that hold the mass."""
    likelihood = built(LogisticMixtureLikelihood(1), channels=3)
    # sharp logistics (log scale -5) about the middle of the range, strongly coupled
    given = tf.constant([0.0, 0.1, -0.1, 0.05, -5.0, -5.0, -5.0, 1.0, -0.8, 0.6], tf.float32)[None, None, None]
    middle = LEVELS[96:176]
    total = sum(
        mass(likelihood, np.array(list(itertools.product([red], middle, middle))), given).sum() for red in middle[::1]
    )
    assert total == pytest.approx(1.0, abs=1e-3)


def test_logistic_mixture_against_its_definition():
    """Σ_k π_k Π_c [F((x + 1/255 − μ) / s) − F((x − 1/255 − μ) / s)] with means coupled channel by channel."""
    likelihood = built(LogisticMixtureLikelihood(2), channels=3)
    given, x = output(likelihood, 3, seed=3), LEVELS[[100, 140, 200]]
    found = mass(likelihood, x[None], given)[0]
    total = 0.0
    rows = given.numpy().reshape(2, 10).astype(np.float64)
    for weight, row in zip(special.softmax(rows[:, 0]), rows, strict=True):
        m, s, c = row[1:4], np.exp(row[4:7]), np.tanh(row[7:])
        means = [m[0], m[1] + c[0] * x[0], m[2] + c[1] * x[0] + c[2] * x[1]]
        bins = [special.expit((x + h - means) / s) for h in (1 / 255, -1 / 255)]
        total += weight * np.prod(bins[0] - bins[1])
    assert found == pytest.approx(total, rel=1e-3)


def test_logistic_mixture_stays_finite_far_from_the_data():
    likelihood = built(LogisticMixtureLikelihood(3), channels=3)
    given = output(likelihood, 3, scale=40.0)
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = likelihood.log_prob(tf.ones([1, 1, 1, 3]), given)
    assert np.isfinite(value).all()
    assert np.isfinite(tape.gradient(value, given)).all()


def test_logistic_mixture_s_mean_is_that_of_its_masses():
    likelihood = built(LogisticMixtureLikelihood(3))
    given = tf.constant(np.float32([[0.3, 0.2, -4.0], [-0.5, -0.4, -3.5], [0.1, 0.5, -4.0]]).reshape(1, 1, 1, 9))
    p = mass(likelihood, LEVELS[:, None], given)
    assert likelihood.mean(given).numpy().item() == pytest.approx((p * LEVELS).sum(), abs=1e-3)


def test_averaged_image_of_a_mixture_by_hand():
    likelihood = built(LogisticMixtureLikelihood(2, image="averaged"), channels=3)
    given = output(likelihood, 3, seed=3)
    rows = given.numpy().reshape(2, 10).astype(np.float64)
    weights = special.softmax(rows[:, 0])
    m, c = weights @ rows[:, 1:4], weights @ np.tanh(rows[:, 7:])
    red = np.clip(m[0], -1, 1)
    green = np.clip(m[1] + c[0] * red, -1, 1)
    expected = [red, green, np.clip(m[2] + c[1] * red + c[2] * green, -1, 1)]
    found = likelihood.image(given, SEED).numpy().ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert np.abs(found - likelihood.mean(given).numpy().ravel()).max() > 0.01  # of components that differ, another


def test_an_image_is_the_mean_or_a_sample():
    for kind in ("mean", "sample"):
        likelihood = built(LogisticMixtureLikelihood(2, image=kind), channels=3)
        given = output(likelihood, 3, seed=3)
        expected = likelihood.mean(given) if kind == "mean" else likelihood.sample(given, SEED)
        np.testing.assert_array_equal(likelihood.image(given, SEED), expected)
    with pytest.raises(ValueError, match=r"LogisticMixtureLikelihood.image = 'draw': must be one of mean, averaged"):
        LogisticMixtureLikelihood(image="draw")


@pytest.mark.parametrize(
    "likelihood",
    [GaussianLikelihood(0.7, learned=True), BernoulliLikelihood(), LogisticMixtureLikelihood(7, min_log_scale=-5.0)],
)
def test_round_trip(likelihood):
    again = rebuilt(likelihood)
    assert again.get_config() == likelihood.get_config()


def test_settings_are_checked():
    with pytest.raises(ValueError, match=r"^GaussianLikelihood.sigma = 0.0"):
        GaussianLikelihood(0.0)
    with pytest.raises(ValueError, match=r"^LogisticMixtureLikelihood.mixtures = 0"):
        LogisticMixtureLikelihood(0)


NUMBER = 100_000
SEED = seeds.root_seed(4)


def drawn(likelihood, given):
    """Samples of one pixel's channels, `[NUMBER, channels]`."""
    return likelihood.sample(tf.repeat(given, NUMBER, axis=0), SEED).numpy().reshape(NUMBER, -1).astype(np.float64)


@pytest.mark.parametrize("learned", [False, True])
def test_gaussian_samples(learned):
    likelihood = built(GaussianLikelihood(0.4, learned=learned), 2)
    found = drawn(likelihood, tf.reshape(tf.constant([0.2, -0.9]), [1, 1, 1, 2]))
    assert_gaussian(found, [0.2, -0.9], 0.16 * np.eye(2))


def test_bernoulli_samples():
    found = drawn(built(BernoulliLikelihood()), tf.fill([1, 1, 1, 1], -0.7))
    assert set(np.unique(found)) == {-1.0, 1.0}
    assert_mean(found[:, 0] > 0.0, special.expit(-0.7))


def test_logistic_mixture_samples_have_the_masses_of_their_levels():
    likelihood = built(LogisticMixtureLikelihood(3))
    given = output(likelihood, 1, seed=2)
    found = np.round((drawn(likelihood, given)[:, 0] + 1.0) * 127.5).astype(int)
    masses = mass(likelihood, LEVELS[:, None], given)
    errors = np.bincount(found, minlength=256) / NUMBER - masses
    assert np.all(np.abs(errors) < 5.0 * np.sqrt(masses * (1.0 - masses) / NUMBER) + 1e-5)


def test_logistic_mixture_samples_are_coupled_over_channels():
    """P(R on one side and G on another) against the masses of all pairs of levels, B summed out by leaving it away."""
    likelihood = built(LogisticMixtureLikelihood(2), 2)
    given = output(likelihood, 2, seed=5, scale=1.5)
    pairs = np.stack(np.meshgrid(LEVELS, LEVELS, indexing="ij"), axis=-1).reshape(-1, 2)
    masses = mass(likelihood, pairs, given)
    found = drawn(likelihood, given)
    for statistic in (lambda p: p[:, 1], lambda p: p[:, 0] * p[:, 1], lambda p: (p[:, 0] > 0.1) & (p[:, 1] < -0.2)):
        assert_mean(np.float64(statistic(found)), masses @ statistic(pairs), allowance=1e-4)


def test_logistic_mixture_of_fewer_bits_sums_to_one_over_its_levels_and_takes_the_nearest():
    likelihood = built(LogisticMixtureLikelihood(mixtures=2, bits=5))
    levels = np.float32(np.arange(32) / 15.5 - 1.0)
    given = output(likelihood, 1, scale=1.0)
    masses = mass(likelihood, levels[:, None], given)
    assert masses.sum() == pytest.approx(1.0, abs=1e-5)
    eight_bit = np.float32(np.round(np.arange(32) * 255.0 / 31.0) / 127.5 - 1.0)  # what uint8 makes of the levels
    np.testing.assert_allclose(mass(likelihood, eight_bit[:, None], given), masses, rtol=1e-4)
    drawn = likelihood.sample(tf.repeat(given, 500, axis=0), seeds.root_seed(0)).numpy().ravel()
    assert np.all(np.min(np.abs(drawn[:, None] - levels), axis=1) < 1e-6)
    with pytest.raises(ValueError, match=r"LogisticMixtureLikelihood.bits = 9: must be from 1 to 8"):
        LogisticMixtureLikelihood(bits=9)


def test_pixelwise_gaussian_against_scipy():
    likelihood = built(PixelwiseGaussianLikelihood(least_sigma=0.2), 2)
    rng = np.random.default_rng(0)
    given, x = np.float32(3.0 * rng.standard_normal((4, 3, 2, 4))), np.float32(rng.uniform(-1, 1, (4, 3, 2, 2)))
    assert likelihood.outputs(2) == 4
    mean, sigma = 5.0 * np.tanh(given[..., :2] / 5.0), np.exp(5.0 * np.tanh(given[..., 2:] / 5.0)) + 0.2
    expected = stats.norm.logpdf(x, mean, sigma).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(likelihood.log_prob(x, given), expected, rtol=1e-4)
    np.testing.assert_allclose(likelihood.mean(given), np.clip(mean, -1.0, 1.0), rtol=1e-5)
    drawn = likelihood.sample(tf.constant(np.repeat(given[:1], 4000, axis=0)), seeds.root_seed(1)).numpy()
    assert_mean((drawn[:, 0, 0, 0] - mean[0, 0, 0, 0]) / sigma[0, 0, 0, 0], 0.0)
    assert_mean(np.square((drawn[:, 0, 0, 1] - mean[0, 0, 0, 1]) / sigma[0, 0, 0, 1]), 1.0)
    again = rebuilt(likelihood)
    assert again.least_sigma == 0.2
    with pytest.raises(ValueError, match=r"PixelwiseGaussianLikelihood.least_sigma = 0.0: must be positive"):
        PixelwiseGaussianLikelihood(0.0)
