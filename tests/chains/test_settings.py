"""Proves that wrong chain settings are named in one line, and that `jit` does not change a chain."""

import dataclasses

import numpy as np
import pytest

from jebm_tf import seeds
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from tests.chains import linear_gaussian
from tests.small_models import dense_model


@pytest.mark.parametrize("chain", [PriorChain, PosteriorChain])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("num_steps", -1),
        ("num_steps", 2.5),
        ("step_size", 0.0),
        ("step_size", -0.1),
        ("noise_scale", -1.0),
        ("space", "x"),
        ("initial", "zero"),
    ],
)
def test_wrong_values_are_named_in_one_line(chain, field, value):
    with pytest.raises(ValueError, match=rf"^{chain.__name__}\.{field} = {value!r}: [^\n]+\Z"):
        chain(**{field: value})


@pytest.mark.parametrize("chain", [PriorChain, PosteriorChain])
def test_gaussian_start_needs_z_space(chain):
    with pytest.raises(ValueError, match=rf"^{chain.__name__}\.initial = 'gaussian' needs [^\n]+\Z"):
        chain(space="eps", initial="gaussian")
    chain(space="z", initial="gaussian")


def test_extremes_are_allowed():
    PriorChain(num_steps=0, noise_scale=0.0)


def test_settings_are_fixed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PriorChain().num_steps = 3


@pytest.mark.parametrize("space", ["z", "eps"])
def test_jit_does_not_change_a_chain(space):
    model, seed = linear_gaussian.model(), seeds.root_seed(0)
    plain, jitted = (PriorChain(num_steps=5, space=space, jit=jit).sample(model, 6, seed) for jit in (False, True))
    for a, b in zip(plain, jitted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)  # rounding of five steps, numbers of size one


def test_to_latents_is_t_in_eps_space_alone():
    model, seed = linear_gaussian.model(), seeds.root_seed(0)
    start = PriorChain().start(model, 4, seed)
    for a, b in zip(PriorChain().to_latents(model, start), model.transform(start), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(PriorChain(space="z").to_latents(model, start), start, strict=True):
        np.testing.assert_array_equal(a, b)


def test_start_is_the_same_place_in_both_spaces():
    model, seed = linear_gaussian.model(), seeds.root_seed(3)
    in_z = PriorChain(space="z").start(model, 4, seed)
    in_eps = PriorChain(space="eps").start(model, 4, seed)
    for a, b in zip(in_z, model.transform(in_eps), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_of_one_size_start_apart():
    low, high = PriorChain().start(dense_model((2, 2)), 4, seeds.root_seed(0))
    assert (low.numpy() != high.numpy()).all()
