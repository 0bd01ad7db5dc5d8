"""Proves that dropout is q's alone, in training alone, and a function of an example's place in the batch."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.likelihood import GaussianLikelihood
from tests.models.backbones.nvae.test_backbone import images
from tests.models.backbones.nvae.test_cells import shaken
from tests.small_models import random_latents

STAGES = ((3, 2, 3), (2, 1, 3), (1, 2, 3))
SEED = seeds.root_seed(5)


def biva(dropout):
    return shaken(BIVA((8, 8, 1), STAGES, filters=4, blocks=2, dropout=dropout, likelihood=GaussianLikelihood(0.5)))


@pytest.fixture(scope="module")
def model():
    return biva(0.2)


def noise(model, number):
    return random_latents(model.dims, number, seed=1)


def means(model, x, e, **training):
    return model.forward_pass(x, e, **training).inferred.mean


def test_nothing_is_dropped_outside_of_training(model):
    x, e = images(3), noise(model, 3)
    without = biva(0.0)
    for kept, other in zip(means(model, x, e, seed=SEED), means(without, x, e), strict=True):
        np.testing.assert_array_equal(kept, other)
    for kept, other in zip(model.infer(x, e).mean, means(model, x, e), strict=True):
        np.testing.assert_array_equal(kept, other)


def test_every_layer_of_q_is_given_less_in_training(model):
    x, e = images(3), noise(model, 3)
    whole, dropped = means(model, x, e), means(model, x, e, training=True, seed=SEED)
    other = means(model, x, e, training=True, seed=seeds.root_seed(6))
    for a, b, c in zip(whole, dropped, other, strict=True):
        assert np.any(a != b)
        assert np.any(b != c)


def test_p_is_what_it_is_in_training_too(model):
    """Given the same latents, p's conditionals and the decoder's output are those of evaluation."""
    forward = model.forward_pass(images(3), noise(model, 3), training=True, seed=SEED)
    again = model.conditionals(forward.inferred.z)
    for (mean, scale), (mean_again, scale_again) in zip(forward.conditionals, again, strict=True):
        np.testing.assert_allclose(mean, mean_again, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(scale, scale_again, rtol=1e-4)
    np.testing.assert_allclose(forward.output, model.decoder_output(forward.inferred.z), rtol=1e-4, atol=1e-4)


def test_a_batch_in_parts_is_the_batch(model):
    x, e = images(5), noise(model, 5)
    whole = means(model, x, e, training=True, seed=SEED)
    first = means(model, x[:2], tuple(z[:2] for z in e), training=True, seed=SEED)
    second = means(model, x[2:], tuple(z[2:] for z in e), training=True, seed=seeds.from_row(SEED, 2))
    for a, b, c in zip(whole, first, second, strict=True):
        np.testing.assert_allclose(a, tf.concat([b, c], axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrong", [-0.1, 1.0])
def test_wrong_shares(wrong):
    with pytest.raises(ValueError, match=r"BIVA.dropout = .*: must be 0 or more, and less than 1"):
        biva(wrong)
