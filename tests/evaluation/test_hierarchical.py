"""Proves what is held and what is drawn anew, layer by layer."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.hierarchical import change, hierarchical
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from tests.baselines.autoencoder.models import autoencoder
from tests.evaluation.contexts import context_of, random_images
from tests.small_models import DenseGenerator, conv_model, set_dense


def test_every_layer_under_both_priors(tmp_path):
    context = context_of(conv_model((4, 3, 2)), cache=tmp_path)
    found = hierarchical(context, num_images=6, num_variants=3, num_shown=2)
    assert all(row["feature_change"] > 0.0 for row in found.tables["change"])
    rows = {(row["prior"], row["layer"]): row["pixel_change"] for row in found.tables["change"]}
    assert rows.keys() == {(prior, layer) for prior in ("EBM prior", "Gaussian prior") for layer in (1, 2, 3)}
    assert all(value > 0.0 for value in rows.values())
    assert len(found.pictures) == 6
    assert found.numbers["EBM/z_2/pixel_change"] == rows["EBM prior", 2]


def test_a_layer_that_the_one_below_does_not_listen_to_changes_nothing():
    model = conv_model((4, 3))
    model.backbone.prior.conditional_networks[0].layers[0].kernel.assign(
        tf.zeros_like(model.backbone.prior.conditional_networks[0].layers[0].kernel)
    )
    rows = hierarchical(context_of(model), num_images=6, num_variants=3, network=None).tables["change"]
    for row in rows:
        assert (row["pixel_change"] == 0.0) == (row["layer"] == 2)


def test_change_by_hand():
    images = np.zeros((2, 3, 1, 2, 1), np.uint8)
    images[0, 1], images[1, 2] = 4, 8
    assert change(images) == {"pixel_change": (4 + 0 + 0 + 8) / 4}
    network = FeatureNetwork("sum", "0", "none", False, lambda p: (tf.reduce_sum(tf.cast(p, tf.float32), (1, 2)), None))
    assert change(images, network)["feature_change"] is None  # features without a spread have no scale
    images[1, 0] = 2
    assert change(images, network, 5.0)["feature_change"] == pytest.approx(np.mean([8.0, 0.0, 4.0, 12.0]) / 5.0)


def test_a_mixture_is_refused():
    with pytest.raises(UserError, match="hierarchical: needs a hierarchy of Gaussians"):
        hierarchical(context_of(autoencoder()))


def strong_top_model():
    """Two scalar layers that do not listen to each other's values; z_1 = 10 z_2, and f_2 = 3.6 z_2 pulls upwards."""
    model = shallow_model(
        DenseGenerator(1, 3), GaussianPrior((1, 1), hidden=(), min_scale=1e-3), [EnergyHead((2,)), EnergyHead((2,))]
    )
    set_dense(model.backbone.prior.conditional_networks[0], [[0.1, 0.0]], [0.0, -30.0])
    set_dense(model.backbone.generator.stack, [[1.0, 1.0, 1.0]], [0.0, 0.0, 0.0])
    set_dense(model.energies[0].stack, np.zeros((1, 2)), np.zeros(2), np.zeros((2, 1)), [0.0])
    set_dense(model.energies[1].stack, [[1.0, -1.0]], [0.0, 0.0], [[3.0], [-3.0]], [0.0])
    return model


def test_the_held_column_is_a_sample_and_variants_follow_their_own_prior():
    """Images are 0.1 z_2: N(0.36, 0.1²) where f is felt, N(0, 0.1²) where it is not, whatever is held."""
    chain = PriorChain(num_steps=60, step_size=0.5, adjusted=True)
    context = context_of(strong_top_model(), images=random_images(5, (1, 3, 1)), prior_chain=chain)
    found = hierarchical(context, num_images=400, num_variants=2, num_shown=400, network=None)
    for name, expected in (("ebm", 0.36), ("gaussian", 0.0)):
        # One row of three pixels an image with a gap of one; columns: the held sample and its two variants.
        rows = found.pictures[f"{name}_z_2"].image[..., 0].astype(float) / 127.5 - 1.0
        values = rows[6::8, 6::16][:400, :3]
        np.testing.assert_allclose(values.mean(axis=0), expected, atol=0.03)
        np.testing.assert_allclose(values.std(axis=0), 0.1, atol=0.02)
        still = found.pictures[f"{name}_z_1"].image
        assert still.shape == found.pictures[f"{name}_z_2"].image.shape


def test_only_the_layers_that_are_asked_for():
    context = context_of(conv_model((4, 3, 2)))
    some, every = (
        hierarchical(context, num_images=6, num_variants=3, layers=layers, network=None) for layers in ((3, 1), None)
    )
    assert list(some.numbers) == [f"{prior}/z_{i}/pixel_change" for prior in ("EBM", "Gaussian") for i in (1, 3)]
    assert some.numbers.items() < every.numbers.items()
    assert some.pictures.keys() == {"ebm_z_1", "ebm_z_3", "gaussian_z_1", "gaussian_z_3"}
    with pytest.raises(UserError, match=r"hierarchical.layers = \(4,\): each must be from 1 to 3"):
        hierarchical(context, layers=(4,))
