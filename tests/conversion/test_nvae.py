"""Proves the conversion on state dicts of released programs: every tensor used, and the numbers that those computed."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.conversion import nvae
from jebm_tf.distributions import normal_log_prob
from jebm_tf.errors import UserError
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from tests.conversion import released_nets as released

KINDS = sorted(released.SETTINGS)


def state_dict(name):
    return released.tensors(released.names_and_shapes(name))


def recorded(name):
    with np.load(released.FOLDER / f"{name}.npz") as arrays:
        return dict(arrays)


def channels_last(array):
    return tf.constant(array.transpose(0, 2, 3, 1))


def as_recorded(x, stride):
    """Of `[batch, height, width, channels]` the numbers that are kept, from channels-first order."""
    return np.transpose(x, (0, 3, 1, 2)).reshape(-1)[:: released.STRIDES[stride]]


def check_latents(model, z, arrays, kind):
    for i, (z_i, shape) in enumerate(zip(z[::-1], model.latent_shapes[::-1], strict=True)):
        found = as_recorded(tf.reshape(z_i, [-1, *shape]), "latents")
        np.testing.assert_allclose(found, arrays[f"{kind}_{i}"], rtol=1e-4, atol=1e-5)


def check_output(model, output, expected):
    """The original's channels stand in another order than ours."""
    original = np.empty_like(output)
    original[..., nvae._output_order(model)] = output
    np.testing.assert_allclose(as_recorded(original, "output"), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_a_released_state_dict_gives_the_released_program_s_numbers(name):
    model, arrays = released.ours(name), recorded(name)
    nvae.load(model, state_dict(name))
    x, noise = released.inputs(name, [(c, h, w) for h, w, c in model.latent_shapes[::-1]])
    noise = tuple(tf.reshape(channels_last(e), [released.BATCH, -1]) for e in noise[::-1])
    x = 2.0 * channels_last(x) - 1.0

    z = model.transform(noise)
    check_latents(model, z, arrays, "p")
    check_output(model, model.decoder_output(z).numpy(), arrays["p_output"])

    inferred, conditionals, output = model.forward_pass(x, noise)
    check_latents(model, inferred.z, arrays, "q")
    check_output(model, output.numpy(), arrays["q_output"])
    log_p = [normal_log_prob(z_i, *p) for z_i, p in zip(inferred.z, conditionals, strict=True)]
    np.testing.assert_allclose(tf.add_n(log_p), arrays["log_p"], rtol=1e-5)
    np.testing.assert_allclose(model.likelihood.log_prob(x, output), arrays["log_px"], rtol=1e-4)
    if model.num_flows:
        np.testing.assert_allclose(tf.add_n(inferred.log_q), arrays["log_q"], rtol=1e-5)
    if isinstance(model.likelihood, LogisticMixtureLikelihood):
        found = as_recorded(model.likelihood._averaged(output), "output")
        np.testing.assert_allclose(found, arrays["image"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_counters_prefixes_and_second_names_are_dropped(prefix):
    tensors = state_dict("vaebm")
    assert any(name.endswith("num_batches_tracked") for name in tensors)
    assert sum(name.endswith(".weight_normalized") for name in tensors) == 15  # three for each of five cells
    nvae.load(released.ours("vaebm"), {prefix + name: array for name, array in tensors.items()})


def test_a_second_name_with_other_numbers_is_refused():
    tensors = state_dict("vaebm")
    name = next(name for name in tensors if name.endswith(".weight_normalized"))
    tensors[name] = tensors[name] + 1.0
    with pytest.raises(UserError, match=f"tensor {name}: differs from weight beside it"):
        nvae.load(released.ours("vaebm"), tensors)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": (2, 1)}, r"missing, such as dec_sampler"),
        ({"flows": 0}, r"too many, such as nf_cells"),
        ({"channels": 12}, r"but this NVAE needs"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(settings, message):
    model = released.ours("vaebm", **settings)
    before = [v.numpy() for v in model.variables]
    with pytest.raises(UserError, match=message):
        nvae.load(model, state_dict("vaebm"))
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())


def test_every_weight_has_a_tensor():
    for settings in ({}, {"flows": 2, "groups": (1, 2)}, {"flows": 0, "end_cells": 1, "halvings": 2}):
        model = released.ours("vaebm", **settings)
        targets = dict(nvae._targets(model))
        assert {id(v) for v, _ in targets.values()} == {id(v) for v in model.variables}
        assert len(targets) == len(model.variables)


def test_mixtures_are_reordered_by_hand():
    model = released.ours("nvae")
    names = [f"weight {m}" for m in range(10)]
    for channel in "rgb":
        names += [f"{kind} {channel} {m}" for kind in ("mean", "scale", "coupling") for m in range(10)]
    found = [names[i] for i in nvae._output_order(model)][10:20]
    expected = ["weight 1", *(f"{kind} {channel} 1" for kind in ("mean", "scale", "coupling") for channel in "rgb")]
    assert found == expected
