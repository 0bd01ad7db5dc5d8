"""Proves what is held and what is drawn anew, layer by layer."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.hierarchical import change, hierarchical
from jebm_tf.models.generator import Generator
from jebm_tf.models.joint import JointModel
from jebm_tf.models.mixture_prior import MixturePrior
from tests.evaluation.subjects import subject_of
from tests.small_models import conv_model


def test_every_layer_under_both_priors(tmp_path):
    subject = subject_of(conv_model((4, 3, 2)), cache=tmp_path)
    found = hierarchical(subject, num_images=6, num_variants=3, num_shown=2)
    assert all(row["feature_change"] > 0.0 for row in found.tables["change"])
    rows = {(row["prior"], row["layer"]): row["pixel_change"] for row in found.tables["change"]}
    assert rows.keys() == {(prior, layer) for prior in ("EBM prior", "Gaussian prior") for layer in (1, 2, 3)}
    assert all(value > 0.0 for value in rows.values())
    assert len(found.pictures) == 6
    assert found.numbers["EBM/z_2/pixel_change"] == rows["EBM prior", 2]


def test_a_layer_that_the_one_below_does_not_listen_to_changes_nothing():
    model = conv_model((4, 3))
    model.prior.conditionals[0].layers[0].kernel.assign(tf.zeros_like(model.prior.conditionals[0].layers[0].kernel))
    rows = hierarchical(subject_of(model), num_images=6, num_variants=3, network=None).tables["change"]
    for row in rows:
        assert (row["pixel_change"] == 0.0) == (row["layer"] == 2)


def test_change_by_hand():
    images = np.zeros((2, 3, 1, 2, 1), np.uint8)
    images[0, 1], images[1, 2] = 4, 8
    assert change(images) == {"pixel_change": (4 + 0 + 0 + 8) / 4}
    network = FeatureNetwork("sum", "0", "none", False, lambda p: (tf.reduce_sum(tf.cast(p, tf.float32), (1, 2)), None))
    assert change(images, network)["feature_change"] is None  # the held samples' features do not differ
    images[1, 0] = 2
    held = np.array([0.0, 4.0])
    moved = [8.0, 0.0, 4.0, 12.0]
    assert change(images, network)["feature_change"] == pytest.approx(np.mean(moved) / held.std())


def test_a_mixture_is_refused():
    model = JointModel(Generator([(1, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=3), MixturePrior(3, 2), [])
    with pytest.raises(UserError, match="needs a GaussianPrior, not a MixturePrior"):
        hierarchical(subject_of(model))
