"""Proves that BIVA's density, transform and inference belong together, on a small one with random weights."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.objectives.elbo import elbo_terms
from tests.gradients import assert_all_learn
from tests.models.backbones.forward_pass import assert_agrees_with_its_parts
from tests.models.backbones.nvae.test_backbone import images
from tests.models.backbones.nvae.test_cells import shaken
from tests.monte_carlo import assert_mean
from tests.rebuilding import rebuilt
from tests.small_models import random_latents

DIMS = (48, 48, 32, 32, 4)


def biva(seed=0):
    stages = ((3, 2, 3), (2, 1, 3), (1, 2, 3))
    return shaken(BIVA((8, 8, 1), stages, filters=4, blocks=2, likelihood=GaussianLikelihood(0.5)), seed)


def noise(number, seed=1):
    return random_latents(DIMS, number, seed=seed)


def test_shapes():
    model = biva()
    assert model.latent_shapes == ((4, 4, 3), (4, 4, 3), (4, 4, 2), (4, 4, 2), (2, 2, 1))
    assert model.dims == DIMS
    assert [z.shape for z in model.transform(noise(3))] == [(3, dim) for dim in DIMS]
    assert model(noise(3)).shape == (3, 8, 8, 1)


def test_density_and_transform_go_together():
    model = biva()
    z = model.transform(noise(4))
    log_det = sum(np.log(scale).sum(axis=1) for _, scale in model.conditionals(z))
    np.testing.assert_allclose(
        tf.add_n(model.log_prior_terms(z)) + log_det, sum(norm.logpdf(e).sum(axis=1) for e in noise(4)), rtol=1e-5
    )
    for found, expected in zip(model.noise_of(z), noise(4), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_jacobian_of_the_transform_is_the_product_of_the_scales():
    model, given = biva(), noise(1)
    with tf.GradientTape() as tape:
        tape.watch(given)
        z = tf.concat(model.transform(given), axis=1)
    columns = [tf.reshape(block, [sum(DIMS), -1]) for block in tape.jacobian(z, given)]
    found = np.float64(np.concatenate(columns, axis=1))
    scales = np.concatenate([scale[0] for _, scale in model.conditionals(model.transform(given))])
    np.testing.assert_allclose(np.linalg.slogdet(found)[1], np.log(scales).sum(), rtol=1e-4)


@pytest.mark.parametrize(("moved", "stay"), [(0, (0, 1, 2, 3, 4)), (1, (0, 1, 2, 3, 4)), (2, (2, 3, 4)), (4, (4,))])
def test_each_law_depends_on_the_stages_above_alone(moved, stay):
    model = biva()
    z = list(noise(2))
    before = model.conditionals(tuple(z))
    z[moved] = z[moved] + 1.0
    after = model.conditionals(tuple(z))
    for i in range(5):
        changed = np.any(before[i][0] != after[i][0])
        assert changed == (i not in stay), i


def test_traverse_is_infer_laws_and_output_at_once():
    assert_agrees_with_its_parts(biva(), images(3), noise(3))


def test_way_up_sees_the_image_and_the_way_up_below_alone():
    """q(up_1 | x), q(up_2 | up_1, x), q(top | up_1, up_2, x), q(down_2 | up's, top, x), q(down_1 | all, x)."""
    model, x, seen_by = biva(), images(1), {0: [], 1: [0, 2, 3, 4], 2: [0], 3: [0, 2, 4], 4: [0, 2]}
    before = model.infer(x, noise(1)).mean
    for moved, expected in seen_by.items():
        other = list(noise(1))
        other[moved] = other[moved] + 0.5
        after = model.infer(x, tuple(other)).mean
        changed = [i for i in range(5) if np.any(before[i] != after[i])]
        assert changed == expected
    assert all(np.any(a != b) for a, b in zip(before, model.infer(images(2)[1:], noise(1)).mean, strict=True))


def test_divergences_are_the_means_of_sampled_ones():
    model, number = biva(), 4000
    assert model.has_analytic_kl == (True, False, True, False, True)
    x = tf.repeat(images(1), number, axis=0)
    forward = tf.function(model.forward_pass)(x, noise(number))
    kl = elbo_terms(model, x, forward).kl
    log_p = [norm.logpdf(z, *law).sum(axis=1) for z, law in zip(forward.inferred.z, forward.conditionals, strict=True)]
    for i, (term, log_q) in enumerate(zip(kl, forward.inferred.log_prob_terms, strict=True)):
        if model.has_analytic_kl[i]:
            assert np.min(term) >= 0.0
            assert_mean(term - (log_q - log_p[i]), 0.0)
        else:
            np.testing.assert_allclose(term, log_q - log_p[i], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("spread", [0.1, 1.0])
def test_no_scale_but_the_tops_is_below_one(spread):
    """log σ² = softplus(·), of p and of q, whatever the weights."""
    model = biva()
    for variable in model.trainable_variables:
        variable.assign(spread * tf.random.stateless_normal(variable.shape, [1, 2]))
    forward = model.forward_pass(images(3), noise(3))
    scales = [*forward.inferred.scale, *(scale for _, scale in forward.conditionals[:-1])]
    assert len(scales) == 9
    assert all(np.min(scale) >= 1.0 for scale in scales)
    np.testing.assert_array_equal(forward.conditionals[-1], [np.zeros((3, 4)), np.ones((3, 4))])


def test_every_parameter_learns():
    model, x = biva(), images(3)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(elbo_terms(model, x, model.forward_pass(x, noise(3))).elbo)
    assert_all_learn(tape, total, model.trainable_variables)


def test_rebuilds_from_its_config():
    model = biva()
    again = rebuilt(model)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(model(noise(2)), again(noise(2)))
    np.testing.assert_array_equal(model.infer(images(2), noise(2)).z[0], again.infer(images(2), noise(2)).z[0])


def test_log_variances_are_bounded_where_asked():
    raw = tf.constant([[0.5, -3.0, 4.0, 500.0]])[:, tf.newaxis, tf.newaxis]  # two means, two raw log variances
    for bound, expected in ((8.0, 8.0), (None, 500.0), (2.5, 2.5)):
        model = BIVA((8, 8, 1), ((3, 2, 3), (1, 2, 3)), filters=4, blocks=1, max_log_variance=bound)
        mean, scale = model._conditional(raw)
        np.testing.assert_array_equal(mean[0, 0, 0], [0.5, -3.0])
        found = 2.0 * np.log(scale.numpy()[0, 0, 0])
        np.testing.assert_allclose(found[0], min(np.log1p(np.exp(4.0)), expected), rtol=1e-5)
        assert found[1] == pytest.approx(expected) or (bound is None and np.isinf(found[1]))
    with pytest.raises(ValueError, match=r"BIVA.max_log_variance = 0.0: must be positive"):
        BIVA((8, 8, 1), ((3, 2, 3), (1, 2, 3)), filters=4, blocks=1, max_log_variance=0.0)
