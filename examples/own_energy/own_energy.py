"""An energy head of one's own: bumps in latent space, whose places and heights are learned.

From this folder, with ../../bin for the commands of a checkout:

    ../../bin/train --module=own_energy --gin_file=own_energy.gin
    ../../bin/sample --module=own_energy --run_dir=runs/own_energy --output=samples.png
"""

import math

import tensorflow as tf

import jebm_tf as jebm


@jebm.register
class BumpEnergy(jebm.NegativeEnergy):
    """f(z) = log (1 + Σ_k exp(h_k − ‖z − c_k‖² / 2w²)), with learned c_k and h_k; 0 far from all bumps.

    Args:
      number: of bumps.
      width: w, in the units of z.
    """

    def __init__(self, number: int = 32, width: float = 2.0, **kwargs):
        super().__init__(**kwargs)
        self.number = number
        self.width = width

    def build_for(self, shape):
        """Makes the weights for latents of this shape, without the batch axis."""
        self.centres = self.add_weight(shape=(self.number, math.prod(shape)), initializer="random_normal")
        self.heights = self.add_weight(shape=(self.number,), initializer="zeros")
        self.built = True

    def call(self, z):
        """f(z): `[batch, dim]` → `[batch]`, in nats."""
        squares = tf.reduce_sum(tf.square(z[:, tf.newaxis] - self.centres), axis=-1)
        return tf.nn.softplus(tf.reduce_logsumexp(self.heights - squares / (2.0 * self.width**2), axis=-1))
