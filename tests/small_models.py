"""Models small enough for exact answers, shared by the tests."""

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.joint import JointModel
from jebm_tf.models.layers import dense_stack
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model


class DenseGenerator(keras.Model):
    """A perceptron from z_1 to images of shape `(1, pixels, 1)`, with no bound on them; linear without `hidden`."""

    def __init__(self, latent_dim, pixels, hidden=()):
        super().__init__()
        self.latent_dim = latent_dim
        self.image_shape = (1, pixels, 1)
        self.outputs = 1
        self.stack = dense_stack(hidden, pixels, "tanh")

    def build_for(self, likelihood):
        del likelihood  # its last activation too: here without bound
        if not self.built:
            self.stack.build((None, self.latent_dim))
            self.built = True

    def call(self, z):
        return tf.reshape(self.stack(z), [-1, *self.image_shape])


def randomize(model, seed, scale=0.5):
    """Gives every parameter, biases too, a normal value: zero biases and unit scales would hide mistakes."""
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(scale * rng.standard_normal(variable.shape))
    return model


def set_dense(stack, *weights):
    """Sets the kernels and biases of a stack of dense layers, in order."""
    stack.set_weights([np.asarray(w, np.float32) for w in weights])


def dense_model(dims, seed=0, scale=0.5, layerwise=True):
    """A random nonlinear model on vectors; its conditional standard deviations vary with z and among axes."""
    heads = [EnergyHead(hidden=(4,)) for _ in dims] if layerwise else EnergyHead(hidden=(4,))
    prior = GaussianPrior(dims, hidden=(4,))
    return randomize(
        shallow_model(DenseGenerator(dims[0], 3, hidden=(4,)), prior, heads, likelihood=GaussianLikelihood(0.5)),
        seed,
        scale,
    )


def conv_model(dims=(4, 3), seed=0, scale=0.2):
    """A random model of 8x8 grey images of the kind that is trained."""
    generator = Generator([(6, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=dims[0])
    heads = [EnergyHead(hidden=(5,)) for _ in dims]
    return randomize(shallow_model(generator, GaussianPrior(dims, hidden=(5,)), heads), seed, scale)


def inferring_model(energies=True, hidden=(6,), tilting=None):
    """`conv_model` with an inference network as Keras initialises it, the same at every call."""
    keras.utils.set_random_seed(1)
    base = conv_model()
    return shallow_model(
        base.backbone.generator,
        base.backbone.prior,
        base.energies if energies else [],
        inference=BottomUpInference([(5, 4, 2, "same")], hidden=hidden),
        tilting=tilting,
    )


def images(batch):
    """Noise of the size of `conv_model`'s images, the same at every call."""
    return tf.constant(np.random.default_rng(1).uniform(-1.0, 1.0, (batch, 8, 8, 1)), tf.float32)


def skewed_model():
    """Two scalar layers: z_1 | z_2 has a standard deviation that grows with z_2, and both f's have a kink."""
    prior = GaussianPrior((1, 1), hidden=(), min_scale=0.1, max_scale=1.5)
    model = shallow_model(DenseGenerator(1, 2), prior, [EnergyHead((1,)), EnergyHead((1,))])
    set_dense(prior.conditional_networks[0], [[0.5, 0.3]], [0.2, -0.5])
    set_dense(model.energies[0].stack, [[1.5]], [0.4], [[0.8]], [0.0])
    set_dense(model.energies[1].stack, [[-2.0]], [0.5], [[0.5]], [0.3])
    return model


def conditional_model(base=None):
    """`base`, by default `skewed_model`, with each f normalised given the layers above it."""
    base = base or skewed_model()
    return JointModel(base.backbone, base.energies, tilting=ConditionalTilting())


def grid(*axes):
    """All points of a product of 1-D axes as latents with one scalar layer per axis."""
    return tuple(tf.constant(a.reshape(-1, 1), tf.float32) for a in np.meshgrid(*axes, indexing="ij"))


def random_latents(dims, batch, seed):
    """Standard normal latents."""
    rng = np.random.default_rng(seed)
    return tuple(tf.constant(rng.standard_normal((batch, dim)), tf.float32) for dim in dims)
