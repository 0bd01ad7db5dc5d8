"""Proves that a resized model differs in what was asked for, and in nothing else."""

import pytest
import tensorflow as tf

from jebm_tf.benchmark.resized import resized
from jebm_tf.errors import UserError
from tests.small_models import conv_model, dense_model, inferring_model


def test_as_it_is():
    model = conv_model()
    same = resized(model)
    assert [w.shape for w in same.weights] == [w.shape for w in model.weights]
    assert not set(map(id, same.weights)) & set(map(id, model.weights))


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_layers(layers):
    model = resized(inferring_model(), layers=layers)
    assert model.dims == (4, 3, 3, 3)[:layers]
    assert len(model.energies) == layers
    z = tuple(tf.zeros([2, dim]) for dim in model.dims)
    assert model.log_prior(z).shape == (2,)
    assert model.infer(tf.zeros([2, 8, 8, 1]), z).z[-1].shape == (2, model.dims[-1])


def test_widths():
    model, wide = inferring_model(), resized(inferring_model(), width=2.0)
    assert wide.dims == model.dims
    assert wide.backbone.prior.hidden == (10,)
    assert wide.energies[1].hidden == (10,)
    assert wide.backbone.generator.stages == ((12, 4, 1, "valid"), (1, 4, 2, "same"))
    assert wide.backbone.inference.stages == ((10, 4, 2, "same"),)
    assert wide.backbone.inference.hidden == (12,)


def test_without_energies():
    assert resized(inferring_model(energies=False), layers=3).energies == []


def test_what_cannot_be_resized():
    with pytest.raises(UserError, match="only shallow models"):
        resized(dense_model((2, 1)))
