"""A backbone of one's own: a Keras encoder and decoder for 8x8 digits, with two layers of latents.

From this folder, with ../../bin for the commands of a checkout:

    ../../bin/train --module=own_backbone --gin_file=own_backbone.gin
    ../../bin/sample --module=own_backbone --run_dir=runs/own_backbone --output=samples.png
"""

import keras
import tensorflow as tf
from keras import layers

import jebm_tf as jebm


@jebm.register
class DigitsVAE(jebm.Backbone):
    """p(x | z_1) p(z_1 | z_2) p(z_2) and q(z_1 | x) q(z_2 | x).

    Args:
      dim: of each layer of latents; `width`: of the hidden layers; `likelihood`: p(x | z_1).
    """

    top_down = False  # q draws no layer by the prior's own networks

    def __init__(self, dim: int = 16, width: int = 128, *, likelihood: jebm.Likelihood, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.latent_shapes = (8, 8, 1), ((dim,), (dim,))
        self.likelihood = likelihood
        hidden = {"units": width, "activation": "leaky_relu"}
        image = [layers.Dense(64, activation=likelihood.output_activation), layers.Reshape(self.image_shape)]
        self.generator = keras.Sequential([keras.Input((dim,)), layers.Dense(**hidden), layers.Dense(**hidden), *image])
        self.prior = keras.Sequential([keras.Input((dim,)), layers.Dense(**hidden), layers.Dense(2 * dim)])
        encoder = [layers.Flatten(), layers.Dense(**hidden), layers.Dense(**hidden), layers.Dense(4 * dim)]
        self.inference = keras.Sequential([keras.Input(self.image_shape), *encoder])

    def conditional(self, layer, above):
        """μ and σ of p(z_1 | z_2), `[batch, dim]` each; p(z_2) is N(0, I)."""
        mean, raw = tf.split(self.prior(above[0]), 2, axis=-1)
        return mean, tf.exp(tf.tanh(raw))

    def decoder_output(self, z):
        """What the likelihood reads, `[batch, 8, 8, 1]`."""
        return self.generator(z[0])

    def infer(self, x, noise):
        """A sample of q(z | x) for each image."""
        mean_1, mean_2, raw_1, raw_2 = tf.split(self.inference(x), 4, axis=-1)
        means, scales = (mean_1, mean_2), tuple(tf.exp(4.0 * tf.tanh(raw)) for raw in (raw_1, raw_2))
        z = tuple(mean + scale * e for mean, scale, e in zip(means, scales, noise, strict=True))
        return jebm.Inferred(z, means, scales)
