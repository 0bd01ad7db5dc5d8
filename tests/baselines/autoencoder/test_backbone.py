"""Proves that an autoencoder is its parts, and that what it lacks is refused in one line."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.baselines.autoencoder.backbone import AutoencoderBackbone
from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.variational import VariationalTrainer
from tests.baselines.autoencoder.models import STAGES, autoencoder
from tests.rebuilding import rebuilt
from tests.small_models import conv_model, random_latents


def test_densities_codes_and_parts():
    model = autoencoder()
    z = (tf.constant([[0.5, -1.0, 2.0, 0.0]]),)
    np.testing.assert_allclose(model.log_gaussian_prior(z), norm.logpdf(z[0]).sum(axis=1), rtol=1e-5)
    x = tf.random.stateless_uniform((2, 8, 8, 1), (0, 1), -1.0, 1.0)
    (code,) = model.backbone.encode(x)
    assert code.shape == (2, 4)
    assert model.decode((code,)).shape == (2, 8, 8, 1)
    assert list(model.parts) == ["generator", "prior", "inference"]


def test_what_it_has_not_is_refused():
    model = autoencoder()
    with pytest.raises(UserError, match="a test: needs a hierarchy of Gaussians"):
        model.backbone.require_reparameterisation("a test")
    with pytest.raises(UserError, match=r"JointModel.energies: needs a hierarchy of Gaussians"):
        JointModel(model.backbone, [EnergyHead()])
    with pytest.raises(ValueError, match=r"VariationalTrainer needs q\(z \| x\)"):
        VariationalTrainer(model, grouped_adam(model, TrainingLength()), PriorChain())
    with pytest.raises(ValueError, match=r"Generator.latent_dim = 4 but MixturePrior.dim = 3"):
        AutoencoderBackbone(conv_model((4,)).backbone.generator, MixturePrior(3), Encoder(STAGES))


def test_rebuilds_from_its_config():
    backbone = autoencoder().backbone
    again = rebuilt(backbone)
    again.set_weights(backbone.get_weights())
    x, z = tf.ones((2, 8, 8, 1)), random_latents((4,), 2, seed=5)
    np.testing.assert_array_equal(again.encode(x)[0], backbone.encode(x)[0])
    np.testing.assert_array_equal(again.decoder_output(z), backbone.decoder_output(z))
