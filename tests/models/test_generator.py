"""Proves the generator by hand-computed pixels and by the image sizes of the paper's networks."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.models.generator import Generator
from jebm_tf.models.likelihood import BernoulliLikelihood, GaussianLikelihood, PixelwiseGaussianLikelihood
from tests.gradients import assert_all_learn
from tests.rebuilding import rebuilt
from tests.small_models import random_latents, randomize

STAGES = {
    "cifar10": [(1024, 8, 1, "valid"), (512, 4, 2, "same"), (256, 4, 2, "same"), (3, 3, 1, "same")],
    "svhn": [(512, 4, 1, "valid"), (256, 4, 2, "same"), (128, 4, 2, "same"), (3, 4, 2, "same")],
    "celeba64": [
        (1024, 4, 1, "valid"),
        (512, 4, 2, "same"),
        (256, 4, 2, "same"),
        (128, 4, 2, "same"),
        (3, 4, 2, "same"),
    ],
}


def small(**arguments):
    generator = Generator(**{"stages": [(3, 4, 1, "valid"), (2, 4, 2, "same")], "latent_dim": 5, **arguments})
    generator.build_for(GaussianLikelihood())
    return randomize(generator, seed=0)


@pytest.mark.parametrize(("name", "size"), [("cifar10", 32), ("svhn", 32), ("celeba64", 64)])
def test_image_shapes_of_the_papers_networks(name, size):
    assert Generator(STAGES[name], latent_dim=128).image_shape == (size, size, 3)
    thin = [(min(filters, 4), *rest) for filters, *rest in STAGES[name]]
    generator = Generator(thin, latent_dim=2)
    generator.build_for(GaussianLikelihood())
    assert generator(tf.zeros([3, 2])).shape == (3, size, size, 3)


def test_pixels_by_hand():
    generator = Generator([(1, 2, 1, "valid")], latent_dim=2)
    generator.build_for(GaussianLikelihood())
    kernel = np.float32([[[[0.1, 1.0]], [[0.2, 2.0]]], [[[0.3, 3.0]], [[0.4, 4.0]]]])  # row, column, out, in
    generator.stack.set_weights([kernel, np.float32([0.5])])
    # A 1x1 map with a valid stride-1 kernel: pixel (i, j) is tanh(Σ_c z_c kernel[i, j, 0, c] + bias).
    image = generator(tf.constant([[1.0, -0.1]]))[0, :, :, 0]
    np.testing.assert_allclose(image, np.tanh([[0.5, 0.5], [0.5, 0.5]]), rtol=1e-6)
    image = generator(tf.constant([[-1.0, 0.0]]))[0, :, :, 0]
    np.testing.assert_allclose(image, np.tanh([[0.4, 0.3], [0.2, 0.1]]), rtol=1e-6)


def test_hidden_stages_are_leaky_and_only_the_last_is_squashed():
    generator = Generator([(1, 1, 1, "valid"), (1, 1, 1, "same")], latent_dim=1)
    generator.build_for(GaussianLikelihood())
    generator.stack.set_weights([np.full(shape, value, np.float32) for shape, value in _ONE_BY_ONE])
    # z = −5: leaky(2·−5) = −2, then tanh(0.25·−2); z = 5: tanh(0.25·10).
    np.testing.assert_allclose(generator(tf.constant([[-5.0], [5.0]])).numpy().ravel(), np.tanh([-0.5, 2.5]), rtol=1e-6)


_ONE_BY_ONE = [((1, 1, 1, 1), 2.0), ((1,), 0.0), ((1, 1, 1, 1), 0.25), ((1,), 0.0)]


def test_every_parameter_has_a_gradient():
    generator = small()
    (z,) = random_latents((5,), 4, seed=1)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(generator(z))
    assert_all_learn(tape, total, generator.trainable_variables)


def test_wrong_stage_is_named_in_one_line():
    with pytest.raises(ValueError, match=r"^Generator\.stages\[1\] = \(3, 4, 2\)[^\n]+\Z"):
        Generator([(2, 4, 1, "valid"), (3, 4, 2)])


def test_rebuilds_from_its_config():
    generator = small(activation="gelu", name="decoder")
    again = rebuilt(generator)
    again.build_for(GaussianLikelihood())
    assert (again.latent_dim, again.activation, again.name) == (5, "gelu", "decoder")
    assert again.image_shape == generator.image_shape == (8, 8, 2)
    again.set_weights(generator.get_weights())
    (z,) = random_latents((5,), 4, seed=1)
    np.testing.assert_array_equal(generator(z), again(z))


def test_the_likelihood_decides_on_the_output():
    generator = Generator([(3, 4, 1, "valid"), (2, 4, 2, "same")], latent_dim=5)
    generator.build_for(PixelwiseGaussianLikelihood())
    assert (generator.outputs, generator.image_shape) == (4, (8, 8, 2))
    (z,) = random_latents((5,), 4, seed=1)
    assert generator(z).shape == (4, 8, 8, 4)
    randomize(generator, seed=0, scale=3.0)
    assert np.abs(generator(z)).max() > 1.0  # linear, as this likelihood reads it
    generator.build_for(PixelwiseGaussianLikelihood())
    for other in (GaussianLikelihood(), BernoulliLikelihood()):
        with pytest.raises(ValueError, match=rf"Generator makes 4 outputs, {type(other).__name__} reads 2"):
            generator.build_for(other)
