"""Initial weights by their law: bounds and spread, where a kernel's fan is and is not its input's."""

import keras
import numpy as np
import pytest

from jebm_tf.models.energy import ConvEnergyHead, EnergyHead
from jebm_tf.models.generator import Generator
from jebm_tf.models.initial_weights import build
from jebm_tf.models.prior import GaussianPrior

LAYERS = {
    "dense": (keras.layers.Dense(500), (None, 40), 40),
    "convolution": (keras.layers.Conv2D(50, 3), (None, 8, 8, 7), 9 * 7),
    "transposed": (keras.layers.Conv2DTranspose(70, 4, 2), (None, 8, 8, 30), 16 * 70),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_uniform_by_the_fan(kind):
    """As torch.nn.Linear, Conv2d and ConvTranspose2d begin (their own fan of a transposed one counts outputs)."""
    layer, shape, fan_in = LAYERS[kind]
    keras.utils.set_random_seed(1)
    build(layer, shape, "fan_in")
    bound = fan_in**-0.5
    for variable in (layer.kernel, layer.bias):
        values = variable.numpy().ravel()
        assert 0.9 * bound < np.abs(values).max() <= bound
        np.testing.assert_allclose(values.std(), bound / np.sqrt(3.0), rtol=3.0 / np.sqrt(len(values)))


@pytest.mark.parametrize("kind", ["fan_in", "keras"])
def test_weights_that_are_there_stay(kind):
    head = EnergyHead((5,), initial_weights=kind)
    head.build_for((3,))
    before = [value.copy() for value in head.get_weights()]
    head.build_for((3,))
    for old, new in zip(before, head.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_keras_own_start_stays():
    stack = keras.Sequential(
        [keras.layers.Dense(300, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    keras.utils.set_random_seed(1)
    build(stack, (None, 100), "keras")
    assert 0.9 < np.abs(stack.layers[0].kernel).max() / np.sqrt(6.0 / 400.0) <= 1.0
    assert not np.any(stack.layers[0].bias)


def test_layers_of_a_stack_begin_each_by_its_own_fan():
    stack = keras.Sequential([keras.layers.Dense(300), keras.layers.Flatten(), keras.layers.Dense(200)])
    build(stack, (None, 25), "fan_in")
    tops = [np.abs(layer.kernel).max() for layer in stack.layers if layer.weights]
    np.testing.assert_allclose(tops, [0.2, 300**-0.5], rtol=0.01)


def test_paper_s_sizes_begin_near_zero():
    """At the sizes of CIFAR-10, z ~ p_β>0: what PyTorch's layers give for f_1, f_2 and log σ."""
    keras.utils.set_random_seed(1)
    prior, heads = GaussianPrior((128, 100), max_scale=None), [EnergyHead((200,) * 3), EnergyHead((100,) * 2)]
    prior.build()
    for head, dim in zip(heads, prior.dims, strict=True):
        head.build_for((dim,))
    rng = np.random.default_rng(0)
    z = prior.transform(tuple(rng.standard_normal((1000, dim)).astype(np.float32) for dim in prior.dims))
    spread = [float(np.std(head(z_i))) for head, z_i in zip(heads, z, strict=True)]
    np.testing.assert_allclose(spread, [0.03, 0.08], rtol=0.5)
    assert np.abs(np.log(prior.conditionals(z)[0][1] - prior.min_scale)).max() < 0.3


@pytest.mark.parametrize("part", [GaussianPrior, EnergyHead, ConvEnergyHead])
def test_the_setting_is_checked(part):
    with pytest.raises(ValueError, match=f"{part.__name__}.initial_weights = 'torch': must be 'fan_in' or 'keras'"):
        part(initial_weights="torch")
    with pytest.raises(ValueError, match=r"Generator.initial_weights = 'x'"):
        Generator([(1, 4, 1, "valid")], initial_weights="x")
