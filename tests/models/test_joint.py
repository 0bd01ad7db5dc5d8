"""Proves that the joint model's densities are Eq. 6, 7 and 9 with the right signs, each on its own parameters."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.generator import Generator
from jebm_tf.models.joint import JointModel
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from tests.rebuilding import rebuilt
from tests.small_models import DenseGenerator, conv_model, dense_model, grid, random_latents, set_dense, skewed_model


def images(model, batch, seed=9):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.uniform(-1, 1, (batch, *model.backbone.image_shape)), tf.float32)


def two_head_parts():
    return Generator([(1, 2, 1, "valid")], latent_dim=3), GaussianPrior((3, 2), hidden=())


def test_prior_by_hand_is_tilted_up_by_f():
    model = skewed_model()
    z1, z2 = -1.0, 2.0
    # f_1: 0.8 leaky(1.5·−1 + 0.4) = 0.8·0.2·−1.1; f_2: 0.5 leaky(−2·2 + 0.5) + 0.3 = 0.5·0.2·−3.5 + 0.3.
    f = [0.8 * 0.2 * -1.1, 0.5 * 0.2 * -3.5 + 0.3]
    scale = 0.1 + 1.5 / (1.0 + 1.5 * np.exp(-(0.3 * z2 - 0.5)))
    log_gaussian = norm.logpdf(z1, 0.5 * z2 + 0.2, scale) + norm.logpdf(z2)
    z = (tf.constant([[z1]]), tf.constant([[z2]]))
    np.testing.assert_allclose(tf.concat(model.f_terms(z), 0), f, rtol=1e-5)
    np.testing.assert_allclose(model.f(z), [sum(f)], rtol=1e-5)
    np.testing.assert_allclose(model.log_gaussian_prior(z), [log_gaussian], rtol=1e-5)
    np.testing.assert_allclose(model.log_prior(z), [sum(f) + log_gaussian], rtol=1e-5)


def test_likelihood_by_hand():
    model = shallow_model(DenseGenerator(2, 2), GaussianPrior((2,)), [], likelihood=GaussianLikelihood(0.5))
    set_dense(model.backbone.generator.stack, [[1.0, 2.0], [-1.0, 3.0]], [0.5, 0.0])
    x = tf.reshape(tf.constant([[0.25, 4.0]]), [1, 1, 2, 1])
    # g(1, 0.5) = (1, 3.5).
    expected = norm.logpdf(0.25, 1.0, 0.5) + norm.logpdf(4.0, 3.5, 0.5)
    np.testing.assert_allclose(model.log_likelihood(x, (tf.constant([[1.0, 0.5]]),)), [expected], rtol=1e-6)


def test_likelihood_sums_over_every_pixel_and_channel():
    generator = Generator([(3, 4, 1, "valid")], latent_dim=2)
    model = shallow_model(generator, GaussianPrior((2,)), [], likelihood=GaussianLikelihood(0.3))
    z = random_latents((2,), 4, seed=1)
    x = images(model, 4)
    expected = norm.logpdf(x, model.decode(z), 0.3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(model.log_likelihood(x, z), expected, rtol=1e-5)


@pytest.mark.parametrize("dims", [(2,), (2, 3), (2, 3, 1)])
def test_layers_meet_their_own_heads(dims):
    model, z = dense_model(dims), random_latents(dims, 5, seed=2)
    assert len(model.energies) == len(dims)
    for i, term in enumerate(model.f_terms(z)):
        np.testing.assert_array_equal(term, model.energies[i](z[i]))
    expected = sum(head(layer).numpy() for head, layer in zip(model.energies, z, strict=True))
    np.testing.assert_allclose(model.f(z), expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prior(z), expected + model.log_gaussian_prior(z), rtol=1e-5)


def test_one_head_reads_all_layers_together():
    model, z = dense_model((2, 3), layerwise=False), random_latents((2, 3), 5, seed=2)
    assert list(model.parts) == ["generator", "prior", "f_all"]
    (term,) = model.f_terms(z)
    np.testing.assert_array_equal(term, model.energies[0](np.concatenate(z, axis=1)))
    np.testing.assert_array_equal(model.f(z), term)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = model.f(z)
    assert all(np.any(gradient) for gradient in tape.gradient(value, z))


def test_one_head_on_all_layers_rebuilds_from_its_config():
    generator = Generator([(1, 4, 1, "valid")], latent_dim=2)
    model = shallow_model(generator, GaussianPrior((2, 3)), EnergyHead((5, 4)))
    again = rebuilt(model)
    assert (again.layerwise, again.energy_names) == (False, ("all",))
    again.set_weights(model.get_weights())
    z = random_latents((2, 3), 5, seed=2)
    np.testing.assert_array_equal(again.f(z), model.f(z))


def test_images_depend_on_the_bottom_layer_alone():
    model, z, other = conv_model(), random_latents((4, 3), 5, seed=3), random_latents((4, 3), 5, seed=4)
    np.testing.assert_array_equal(model.decode(z), model.decode((z[0], other[1])))
    assert (model.decode(z).numpy() != model.decode((other[0], z[1])).numpy()).any()
    np.testing.assert_allclose(model(z), model.decode(model.backbone.prior.transform(z)), rtol=1e-6)
    assert model(z).shape == (5, 8, 8, 1)


def test_without_heads_the_prior_is_gaussian():
    model = shallow_model(DenseGenerator(2, 3), GaussianPrior((2, 3), hidden=()), [])
    z = random_latents((2, 3), 5, seed=5)
    np.testing.assert_array_equal(model.f(z), np.zeros(5))
    np.testing.assert_array_equal(model.log_prior(z), model.log_gaussian_prior(z))
    assert set(model.parts) == {"generator", "prior"}


def test_a_linear_f_moves_the_mean_of_the_prior():
    model = shallow_model(DenseGenerator(1, 1), GaussianPrior((1,)), [EnergyHead(hidden=())])
    set_dense(model.energies[0].stack, [[1.5]], [3.0])
    axis = np.linspace(-8.0, 12.0, 2001)
    weights = np.exp(np.float64(model.log_prior(grid(axis))))
    # exp(1.5 z) N(z; 0, 1) ∝ N(z; 1.5, 1): the sign is that of f, and its constant cancels.
    np.testing.assert_allclose((weights @ axis) / weights.sum(), 1.5, atol=1e-4)


def test_each_density_has_gradients_in_its_own_part_alone():
    model = conv_model()
    z, x = random_latents((4, 3), 6, seed=6), images(model, 6)
    assert list(model.parts) == ["generator", "prior", "f_1", "f_2"]
    with tf.GradientTape(persistent=True) as tape:
        f_1, f_2 = model.f_terms(z)
        densities = {
            "generator": model.log_likelihood(x, z),
            "prior": model.log_gaussian_prior(z),
            "f_1": f_1,
            "f_2": f_2,
        }
    for name, density in densities.items():
        for part, layers in model.parts.items():
            for gradient in tape.gradient(density, layers.trainable_variables):
                assert (gradient is not None) == (part == name)
                assert gradient is None or (np.isfinite(gradient).all() and np.any(gradient))


def test_parts_hold_every_parameter_once():
    model = conv_model()
    found = [v.path for part in model.parts.values() for v in part.trainable_variables]
    assert sorted(found) == sorted(v.path for v in model.trainable_variables)
    assert len({id(v) for part in model.parts.values() for v in part.trainable_variables}) == len(found)


def test_densities_have_gradients_in_every_layer_of_z():
    model, z = conv_model(), random_latents((4, 3), 6, seed=7)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = model.log_prior(z)
    for gradient in tape.gradient(value, z):
        assert np.all(np.any(gradient, axis=1))


def test_rebuilds_from_its_config():
    generator = Generator([(2, 3, 1, "valid"), (3, 4, 2, "same")], latent_dim=2, activation="gelu")
    prior = GaussianPrior((2, 3), hidden=(4,), activation="tanh", min_scale=0.3, max_scale=2.5)
    heads = [EnergyHead((5,), activation="gelu"), EnergyHead((6, 2))]
    model = JointModel(ShallowBackbone(generator, prior, GaussianLikelihood(0.7)), heads, name="joint")
    again = rebuilt(model)
    assert (again.backbone.likelihood.sigma, again.name, again.dims) == (0.7, "joint", (2, 3))
    assert (again.backbone.prior.min_scale, again.backbone.prior.max_scale) == (0.3, 2.5)
    assert [tuple(head.hidden) for head in again.energies] == [(5,), (6, 2)]
    again.set_weights(model.get_weights())
    z, x = random_latents((2, 3), 4, seed=8), images(model, 4)
    np.testing.assert_array_equal(model.log_likelihood(x, z), again.log_likelihood(x, z))
    np.testing.assert_array_equal(model.log_prior(z), again.log_prior(z))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, reading a variable
def test_weights_survive_a_file(tmp_path):
    model, other = conv_model(seed=0), conv_model(seed=1)
    z = random_latents((4, 3), 4, seed=8)
    assert (model(z).numpy() != other(z).numpy()).any()
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(model(z), other(z))
    np.testing.assert_array_equal(model.log_prior(z), other.log_prior(z))


@pytest.mark.parametrize("count", [1, 3])
def test_one_head_per_layer_or_none(count):
    with pytest.raises(ValueError, match=rf"^JointModel\.energies has {count} heads for 2 layers[^\n]+\Z"):
        shallow_model(*two_head_parts(), [EnergyHead() for _ in range(count)])


def test_generator_must_read_the_bottom_layer():
    generator, _ = two_head_parts()
    with pytest.raises(ValueError, match=r"^Generator\.latent_dim = 3 but GaussianPrior\.dims\[0\] = 2[^\n]+\Z"):
        shallow_model(generator, GaussianPrior((2, 3)), [])
