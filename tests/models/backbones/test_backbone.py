"""What the base class adds to a backbone that defines one conditional at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.joint import JointModel
from jebm_tf.models.likelihood import GaussianLikelihood


class ThreeLayers(Backbone):
    """Every layer's mean and σ depend on all layers above it."""

    image_shape = (2, 2, 1)
    latent_shapes = ((2,), (3,), (4,))
    top_down = False

    def __init__(self, **likelihood):
        super().__init__()
        self.likelihood = GaussianLikelihood(**likelihood)
        self.generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), keras.layers.Reshape((2, 2, 1))])
        self.lower = keras.Sequential([keras.Input((7,)), keras.layers.Dense(4)])
        self.upper = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6)])

    def conditional(self, layer, above):
        mean, raw = tf.split((self.lower, self.upper)[layer](tf.concat(above, axis=-1)), 2, axis=-1)
        return mean, tf.exp(raw)

    def decoder_output(self, z):
        return self.generator(z[0])


def noise(backbone):
    return tuple(seeds.normal([5, dim], seeds.root_seed(layer)) for layer, dim in enumerate(backbone.dims))


def test_noise_of_inverts_transform():
    keras.utils.set_random_seed(0)  # σ may be so small that rounding shows
    backbone = ThreeLayers()
    expected = noise(backbone)
    for found, e in zip(backbone.noise_of(backbone.transform(expected)), expected, strict=True):
        np.testing.assert_allclose(found, e, atol=1e-5)


def test_the_top_layer_is_standard_normal():
    backbone = ThreeLayers()
    mean, scale = backbone.conditionals(backbone.transform(noise(backbone)))[-1]
    assert (mean.numpy() == 0.0).all() and (scale.numpy() == 1.0).all()


def test_parts_are_the_models_that_have_weights():
    assert list(ThreeLayers().parts) == ["generator", "lower", "upper"]
    backbone = ThreeLayers(learned=True)
    model = JointModel(backbone, EnergyHead)
    assert list(model.parts) == ["likelihood", "generator", "lower", "upper", "f_1", "f_2", "f_3"]
    assert backbone.built


def test_without_a_top_down_q_only_the_top_has_a_divergence_in_closed_form():
    assert ThreeLayers().has_analytic_kl == (False, False, True)


def test_without_infer_there_is_no_q():
    with pytest.raises(
        ValueError, match=r"VariationalTrainer needs q\(z \| x\), but ThreeLayers does not define infer"
    ):
        ThreeLayers().require_inference("VariationalTrainer")
