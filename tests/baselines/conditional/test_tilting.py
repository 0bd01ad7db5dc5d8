"""Proves conditional tilting's constants against integration, and that nobody takes it for the joint prior."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf import seeds
from jebm_tf.baselines.conditional.tilting import ConditionalTilting, log_normalizers
from jebm_tf.models.joint import JointModel
from tests.models.backbones.nvae.test_backbone import nvae
from tests.small_models import conditional_model, dense_model, random_latents


def test_conditional_normalising_constants_against_integration():
    model = conditional_model()
    above = np.array([-1.5, 0.0, 2.0])
    axis = np.linspace(-10.0, 16.0, 5201)
    z = (tf.constant(axis[:, None], tf.float32),)
    f = np.float64(model.energies[0](z[0]))
    for_each = []
    for value in above:
        mean, scale = model.backbone.prior.conditional(0, tf.constant([[value]], tf.float32))
        for_each.append(np.log(np.sum(np.exp(f) * norm.pdf(axis, mean[0, 0], scale[0, 0])) * (axis[1] - axis[0])))
    z = (tf.zeros([3, 1]), tf.constant(above[:, None], tf.float32))
    (found,) = log_normalizers(model, z, random_latents((1, 1), 100_000, seed=2))
    np.testing.assert_allclose(found, for_each, atol=0.03)
    assert np.ptp(for_each) > 0.3


def test_conditional_tilting_has_no_density_without_its_constants():
    model = conditional_model()
    with pytest.raises(ValueError, match=r"known only up to Σ log Z_i"):
        model.log_prior(random_latents((1, 1), 2, seed=0))
    with pytest.raises(ValueError, match=r"needs JointModel.energies"):
        JointModel(model.backbone, [], tilting=ConditionalTilting())
    with pytest.raises(ValueError, match=r"needs JointModel.backbone = @ShallowBackbone"):
        JointModel(nvae(), model.energies[:1] * 3, tilting=ConditionalTilting())


def test_the_terms_of_log_p_hold_the_constants_with_their_sign():
    model, z = conditional_model(dense_model((3, 2, 4))), random_latents((3, 2, 4), 5, seed=1)
    terms = model.prior_terms(z, seeds.root_seed(3))
    assert len(terms.log_normalizers) == 2
    x = tf.zeros([5, *model.backbone.image_shape])
    whole = model.density_terms(x, z, seeds.root_seed(3))
    joint = JointModel(model.backbone, model.energies).density_terms(x, z, seeds.root_seed(3))
    np.testing.assert_allclose(whole.log_joint, joint.log_joint - tf.add_n(terms.log_normalizers), rtol=1e-5)
    np.testing.assert_array_equal(whole.log_backbone, joint.log_backbone)
    assert list(whole.named())[-2:] == ["minus_log_z_1", "minus_log_z_2"]
    np.testing.assert_allclose(tf.add_n(list(whole.named().values())), whole.log_joint, rtol=1e-5)


def test_negatives_are_scored_given_what_they_were_drawn_given():
    model = conditional_model(dense_model((3, 2)))
    z_posterior, z_prior = random_latents((3, 2), 5, seed=1), random_latents((3, 2), 5, seed=2)
    found = model.tilting.log_prior_of_negatives(model, z_posterior, z_prior)
    mean, scale = model.backbone.prior.conditional(0, z_posterior[1])
    np.testing.assert_allclose(found[0], norm.logpdf(z_prior[0], mean, scale).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found[1], norm.logpdf(z_prior[1]).sum(axis=1), rtol=1e-5)
