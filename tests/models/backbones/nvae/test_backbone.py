"""Proves that the NVAE's density, transform and inference belong together, on a small one with random weights."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.likelihood import GaussianLikelihood
from tests.models.backbones.forward_pass import assert_agrees_with_its_parts
from tests.models.backbones.nvae.test_cells import shaken
from tests.rebuilding import rebuilt
from tests.small_models import random_latents


def nvae(seed=0, **settings):
    small = {
        "image_shape": (8, 8, 1),
        "channels": 4,
        "groups": (2, 1),
        "latent_channels": 2,
        "cells": 1,
        "end_cells": 1,
    }
    return shaken(NVAE(likelihood=GaussianLikelihood(0.5), **{**small, **settings}), seed)


def images(number):
    return tf.constant(np.random.default_rng(3).uniform(-1.0, 1.0, (number, 8, 8, 1)), tf.float32)


def test_shapes():
    model = nvae()
    assert model.latent_shapes == ((4, 4, 2), (4, 4, 2), (2, 2, 2))
    assert model.dims == (32, 32, 8)
    z = model.transform(random_latents(model.dims, 3, seed=1))
    assert [layer.shape for layer in z] == [(3, 32), (3, 32), (3, 8)]
    assert model.decoder_output(z).shape == (3, 8, 8, 1)


def test_density_and_transform_go_together():
    """log p(T(ε)) + log |det ∂T/∂ε| = log N(ε)."""
    model, noise = nvae(), random_latents((32, 32, 8), 4, seed=1)
    z = model.transform(noise)
    log_det = sum(np.log(scale).sum(axis=1) for _, scale in model.conditionals(z))
    np.testing.assert_allclose(
        tf.add_n(model.log_prior_terms(z)) + log_det, sum(norm.logpdf(e).sum(axis=1) for e in noise), rtol=1e-5
    )
    for found, expected in zip(model.noise_of(z), noise, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_jacobian_of_the_transform_is_triangular_with_the_scales_on_its_diagonal():
    """The whole Jacobian, so that the determinant above is not only what the code says it is."""
    model, noise = nvae(), random_latents((32, 32, 8), 1, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(noise)
        z = tf.concat(model.transform(noise)[::-1], axis=1)
    columns = [tf.reshape(block, [72, -1]) for block in tape.jacobian(z, noise)[::-1]]
    found = np.float64(np.concatenate(columns, axis=1))
    scales = np.concatenate([scale[0] for _, scale in model.conditionals(model.transform(noise))[::-1]])
    np.testing.assert_allclose(np.linalg.slogdet(found)[1], np.log(scales).sum(), rtol=1e-4)
    assert np.any(found[8:, :8])  # what lies below follows what is above


def test_the_top_group_has_the_original_s_spread():
    mean, scale = nvae().conditionals(nvae().transform(random_latents((32, 32, 8), 2, seed=1)))[-1]
    np.testing.assert_array_equal(mean, 0.0)
    np.testing.assert_allclose(scale, 1.01, rtol=1e-6)


def test_each_law_depends_on_the_groups_above_alone():
    model = nvae()
    z = list(random_latents(model.dims, 2, seed=2))
    before = model.conditionals(tuple(z))
    z[1] = z[1] + 1.0
    after = model.conditionals(tuple(z))
    np.testing.assert_array_equal(before[1][0], after[1][0])
    np.testing.assert_array_equal(before[2][0], after[2][0])
    assert np.any(before[0][0] != after[0][0])
    assert np.any(before[0][1] != after[0][1])


def test_traverse_is_infer_laws_and_output_at_once():
    assert_agrees_with_its_parts(nvae(), images(3), random_latents((32, 32, 8), 3, seed=4))


def test_q_is_relative_to_p():
    """With heads of q that say nothing, q(z_i | z_{>i}, x) is p(z_i | z_{>i}), whatever the image."""
    model = nvae()
    for head in model.inference.heads:
        head.log_norm.assign(tf.fill(head.log_norm.shape, -50.0))
        head.bias.assign(tf.zeros_like(head.bias))
    inferred, laws, _ = model.forward_pass(images(3), random_latents(model.dims, 3, seed=4))
    for mean, scale, law in zip(inferred.mean, inferred.scale, laws, strict=True):
        np.testing.assert_allclose(mean, law[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(scale, law[1], rtol=1e-4)


def test_q_sees_the_image_in_every_group():
    model, noise = nvae(), random_latents((32, 32, 8), 1, seed=4)
    one, other = model.infer(images(2)[:1], noise), model.infer(images(2)[1:], noise)
    assert all(np.any(a != b) for a, b in zip(one.mean, other.mean, strict=True))


def test_flows_keep_the_density_of_the_gaussian_that_they_start_from():
    model, noise = nvae(flows=1), random_latents((32, 32, 8), 3, seed=4)
    inferred = model.infer(images(3), noise)
    for i, (e, scale) in enumerate(zip(noise, inferred.scale, strict=True)):
        expected = (norm.logpdf(e) - np.log(scale)).sum(axis=1)
        np.testing.assert_allclose(inferred.log_prob_terms[i], expected, rtol=1e-4)
        assert np.any(np.abs(inferred.z[i] - inferred.mean[i] - scale * e) > 1e-3)
    assert model.has_analytic_kl == (False,) * 3
    assert nvae().has_analytic_kl == (True,) * 3


def test_recomputing_changes_no_gradient():
    noise = random_latents((32, 32, 8), 2, seed=1)
    gradients = []
    for recompute in (False, True):
        model = nvae(recompute=recompute)
        with tf.GradientTape() as tape:
            tape.watch(noise)
            total = tf.reduce_sum(tf.square(model(noise)))
        gradients.append(tape.gradient(total, [*noise, *model.generator.trainable_variables]))
    for plain, again in zip(*gradients, strict=True):
        np.testing.assert_allclose(plain, again, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("compile_step", [tf.function, lambda step: step])
def test_recomputing_lets_norms_follow_once(compile_step):
    x, noise = images(3), random_latents((32, 32, 8), 3, seed=1)
    found = []
    for recompute in (False, True):
        model = nvae(recompute=recompute)
        before = [v.numpy() for v in model.generator.non_trainable_variables]

        @compile_step
        def step(model=model):
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(tf.square(model.forward_pass(x, noise, training=True).output))
            return tape.gradient(total, model.generator.trainable_variables)

        step()
        found.append([v.numpy() - old for v, old in zip(model.generator.non_trainable_variables, before, strict=True)])
    assert any(np.any(moved != 0.0) for moved in found[0])
    for plain, again in zip(*found, strict=True):
        np.testing.assert_allclose(plain, again, rtol=1e-4, atol=1e-5)


def test_every_parameter_learns():
    model, x, noise = nvae(flows=1), images(3), random_latents((32, 32, 8), 3, seed=4)
    with tf.GradientTape() as tape:
        inferred, laws, output = model.forward_pass(x, noise, training=True)
        total = tf.reduce_sum(output) + sum(
            tf.reduce_sum(z * a * b) for z, (a, b) in zip(inferred.z, laws, strict=True)
        )
        total += tf.add_n([tf.reduce_sum(term) for term in inferred.log_prob_terms])
    for variable, gradient in zip(
        model.trainable_variables, tape.gradient(total, model.trainable_variables), strict=True
    ):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all()


def test_regularised_layers_are_all_convolutions_and_norms():
    model = nvae(flows=1)
    convolutions, norms = model.spectral_layers()
    names = [v.path.rsplit("/", 1)[1] for v in model.trainable_variables]
    kernels = [v for v, name in zip(model.trainable_variables, names, strict=True) if name == "kernel"]
    filters = [v for v in kernels if len(v.shape) == 4]  # of rank 2 are squeeze-and-excitation's dense layers
    assert {id(layer.kernel) for layer in convolutions} == {id(v) for v in filters}
    assert len(filters) < len(kernels)
    assert len(norms) == names.count("gamma")
    assert len({id(layer) for layer in convolutions}) == len(convolutions)


@pytest.mark.parametrize("flows", [0, 1])
def test_rebuilds_from_its_config(flows):
    model = nvae(flows=flows)
    again = rebuilt(model)
    again.set_weights(model.get_weights())
    noise = random_latents(model.dims, 2, seed=1)
    np.testing.assert_array_equal(model(noise), again(noise))
    np.testing.assert_array_equal(model.infer(images(2), noise).z[0], again.infer(images(2), noise).z[0])
