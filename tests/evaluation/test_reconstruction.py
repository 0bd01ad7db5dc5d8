"""Proves reconstruction errors on a model whose reconstructions are known."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.evaluation.parameters import parameters
from jebm_tf.evaluation.reconstruction import reconstruction
from tests.evaluation.contexts import Still, context_of, random_images
from tests.small_models import conv_model


def test_error_of_a_constant_reconstruction():
    model = conv_model()
    images = random_images(300)  # more than one batch
    context = replace(context_of(model, images=images), posterior_sampler=Still())
    found = reconstruction(context)
    rebuilt = model.decode(tuple(tf.zeros([1, dim]) for dim in model.dims)).numpy()
    errors = ((images.images / 127.5 - 1.0 - rebuilt) ** 2).mean(axis=(1, 2, 3))
    assert found.numbers["mse"] == pytest.approx(errors.mean(), rel=1e-5)
    assert found.numbers["mse_standard_error"] == pytest.approx(errors.std(ddof=1) / np.sqrt(300), rel=1e-4)
    assert found.numbers["psnr_db"] == pytest.approx(np.mean(10.0 * np.log10(4.0 / errors)), rel=1e-5)
    assert found.protocol["images"] == {"source": "random 0", "number": 300, "sha256": images.digest()}
    assert reconstruction(context, num_images=10).protocol["images"]["number"] == 10


def test_parameters_add_up():
    model = conv_model((4, 3))
    found = parameters(context_of(model)).numbers
    heads = sum(head.count_params() for head in model.energies)
    assert found["EBM"] == heads == (4 * 5 + 5 + 5 + 1) + (3 * 5 + 5 + 5 + 1)
    assert found["total"] == model.count_params() == found["backbone"] + heads
    assert found["EBM_percent_of_backbone"] == pytest.approx(100.0 * heads / found["backbone"])
