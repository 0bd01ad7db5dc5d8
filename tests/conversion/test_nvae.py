"""Proves the conversion on a checkpoint made by PyTorch: every tensor used, and the same numbers come out of both."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.conversion import nvae, torch_file
from jebm_tf.errors import UserError
from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood

PYTHON = os.environ.get("JEBM_TORCH_PYTHON", sys.executable)
SETTINGS = {"image": [16, 16, 3], "channels": 4, "groups": [2, 1], "latent": 2, "halvings": 1}
SETTINGS |= {"cells": 1, "end_cells": 2, "flows": 1, "outputs": 30}


def has_torch():
    done = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True, check=False)
    return done.returncode == 0


needs_torch = pytest.mark.skipif(not has_torch(), reason="PyTorch is not there; JEBM_TORCH_PYTHON names who has it")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A checkpoint, and what the original makes of random numbers."""
    folder = tmp_path_factory.mktemp("torch")
    (folder / "settings.json").write_text(json.dumps(SETTINGS))
    script = Path(__file__).with_name("torch_nvae.py")
    arguments = [str(folder / name) for name in ("nvae.pt", "outputs.npz", "settings.json")]
    subprocess.run([PYTHON, str(script), *arguments], check=True)
    with np.load(folder / "outputs.npz") as arrays:
        return folder / "nvae.pt", dict(arrays)


def ours(**settings):
    likelihood = LogisticMixtureLikelihood(mixtures=3)
    given = {"channels": 4, "groups": (2, 1), "latent_channels": 2, "cells": 1, "end_cells": 2, "flows": 1}
    return NVAE((16, 16, 3), likelihood=likelihood, **{**given, **settings})


def to_ours(array):
    return tf.constant(array.transpose(0, 2, 3, 1))


def vectors(arrays, kind):
    """Bottom first, as vectors."""
    found = [arrays[f"{kind}_{i}"] for i in range(3)]
    return tuple(tf.reshape(to_ours(array), [3, -1]) for array in found[::-1])


@needs_torch
def test_converted_weights_give_the_original_s_numbers(original):
    checkpoint, arrays = original
    model = ours()
    nvae.load(model, torch_file.read(checkpoint, PYTHON))
    noise = vectors(arrays, "noise")
    order = nvae._output_order(model)
    z = model.transform(noise)
    for found, expected in zip(z, vectors(arrays, "p"), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        model.decoder_output(z), to_ours(arrays["drawn"]).numpy()[..., order], rtol=1e-3, atol=1e-4
    )
    inferred, _, output = model.forward_pass(to_ours(arrays["x"]), noise)
    for found, expected in zip(inferred.z, vectors(arrays, "q"), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(output, to_ours(arrays["rebuilt"]).numpy()[..., order], rtol=1e-3, atol=1e-3)


@needs_torch
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": (3, 1)}, r"missing, such as dec_sampler"),
        ({"flows": 0}, r"too many, such as nf_cells"),
        ({"channels": 6}, r"but this NVAE needs"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(original, settings, message):
    model = ours(**settings)
    before = [v.numpy() for v in model.variables]
    with pytest.raises(UserError, match=message):
        nvae.load(model, torch_file.read(original[0], PYTHON))
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())


def test_every_weight_has_a_tensor():
    for settings in ({}, {"flows": 2, "groups": (1, 2)}, {"flows": 0, "end_cells": 1, "halvings": 2}):
        model = ours(**settings)
        targets = dict(nvae._targets(model))
        assert {id(v) for v, _ in targets.values()} == {id(v) for v in model.variables}
        assert len(targets) == len(model.variables)


def test_mixtures_are_reordered_by_hand():
    model = ours()
    names = [f"weight {m}" for m in range(3)]
    for channel in "rgb":
        names += [f"{kind} {channel} {m}" for kind in ("mean", "scale", "coupling") for m in range(3)]
    found = [names[i] for i in nvae._output_order(model)][10:20]
    expected = ["weight 1", *(f"{kind} {channel} 1" for kind in ("mean", "scale", "coupling") for channel in "rgb")]
    assert found == expected
