"""Proves the two stages' terms against the variational objective of one and of two layers, and a closed form."""

import numpy as np
from scipy.stats import norm

from jebm_tf.baselines.two_stage_vae.objective import first_stage_terms, second_stage_terms
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from jebm_tf.objectives.variational import variational_terms
from tests.small_models import conv_model, images, random_latents, randomize


def model():
    base = conv_model(dims=(4, 3))
    made = shallow_model(
        base.backbone.generator, base.backbone.prior, [], inference=BottomUpInference([(5, 3, 2, "same")], hidden=(6,))
    )
    randomize(made.backbone.inference, 3, 0.3)
    return made


def batch():
    return images(6), random_latents((4, 3), 6, seed=2)


def test_the_first_stage_is_the_auto_encoder_of_one_layer():
    made, (x, noise) = model(), batch()
    inferred = made.infer(x, noise)
    single = shallow_model(made.backbone.generator, GaussianPrior((4,)), [])
    one = type(inferred)(*(layers[:1] for layers in inferred[:3]))
    expected = variational_terms(single, x, one, None)
    found = first_stage_terms(made, x, inferred)
    np.testing.assert_allclose(found.elbo, expected.elbo, rtol=1e-5)
    np.testing.assert_allclose(found.squared_error, expected.learning.squared_error, rtol=1e-5)


def test_the_stages_together_are_the_bound_of_two_layers_but_for_the_first_stage_s_prior():
    """ELBO of two layers = first + second − log N(z_1; 0, I) + (sampled − closed entropy), all at one sample."""
    made, (x, noise) = model(), batch()
    inferred = made.infer(x, noise)
    first, second = first_stage_terms(made, x, inferred), second_stage_terms(made, inferred)
    whole = variational_terms(made, x, inferred, None)
    log_q = norm.logpdf(inferred.z[0], inferred.mean[0], inferred.scale[0]).sum(axis=1)
    np.testing.assert_allclose(whole.elbo, first.log_likelihood - log_q + second.elbo, rtol=1e-4)
