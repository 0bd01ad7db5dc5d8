"""A mixture of Gaussians as the prior of one layer, fitted to the codes of a trained autoencoder."""

import math

import keras
import numpy as np
import tensorflow as tf
from sklearn.mixture import GaussianMixture

from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class MixturePrior(keras.Model):
    """p(z) = Σ_k π_k N(z; m_k, C_k), the ex-post density of Ghosh et al. (2020); N(0, I) before `fit`.

    It samples and has a density as `GaussianPrior` does; nothing tilts it. Its weights are set by `fit`, not by
    gradients.

    Args:
      dim: of z_1, the only layer.
      components: K.
    """

    num_layers = 1

    def __init__(self, dim: int = 100, components: int = 10, **kwargs):
        super().__init__(**kwargs)
        if components < 1:
            raise ValueError(f"MixturePrior.components = {components}: must be 1 or more")
        self.dim = dim
        self.components = components

    @property
    def dims(self) -> tuple[int, ...]:
        """The layer's dimension."""
        return (self.dim,)

    def build(self, input_shape=None):
        """Makes the weights, once."""
        if self.built:
            return
        count, dim = self.components, self.dim
        unit = keras.initializers.Constant(np.tile(np.eye(dim, dtype=np.float32), (count, 1, 1)))
        self.logits = self.add_weight(shape=(count,), initializer="zeros", trainable=False, name="logits")
        self.means = self.add_weight(shape=(count, dim), initializer="zeros", trainable=False, name="means")
        # Lower triangular; the covariance of a component is its factor times the transposed factor.
        self.factors = self.add_weight(shape=(count, dim, dim), initializer=unit, trainable=False, name="factors")
        self.built = True

    def fit(self, codes: np.ndarray, seed: int) -> None:
        """Expectation-maximisation on `codes` `[number, dim]`, from k-means started by `seed`.

        Raises:
          ValueError: fewer codes than components.
        """
        found = GaussianMixture(self.components, random_state=seed).fit(np.asarray(codes, np.float64))
        self.logits.assign(np.log(found.weights_))
        self.means.assign(found.means_)
        self.factors.assign(np.linalg.cholesky(found.covariances_))

    def log_prob_terms(self, z: Latents) -> tuple[tf.Tensor]:
        """log p(z), `[batch]`, in nats, as a tuple of one."""
        factors = tf.convert_to_tensor(self.factors)
        centred = z[0][:, tf.newaxis, :, tf.newaxis] - tf.convert_to_tensor(self.means)[..., tf.newaxis]
        per_example = tf.broadcast_to(factors, tf.concat([tf.shape(centred)[:1], factors.shape], axis=0))
        whitened = tf.linalg.triangular_solve(per_example, centred)
        log_scales = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factors)), axis=-1)
        squares = tf.reduce_sum(tf.square(whitened), axis=(-1, -2))
        log_normal = -0.5 * squares - log_scales - 0.5 * self.dim * math.log(2.0 * math.pi)
        return (tf.reduce_logsumexp(tf.nn.log_softmax(self.logits) + log_normal, axis=-1),)

    def transform(self, noise: Latents) -> Latents:
        """Standard normal noise `[batch, 1 + dim]` to samples: Φ(first axis) chooses the component by inversion."""
        uniform = 0.5 * tf.math.erfc(-noise[0][:, 0] / math.sqrt(2.0))
        steps = tf.cumsum(tf.nn.softmax(self.logits))[:-1]
        component = tf.searchsorted(steps, uniform, side="right")
        moved = tf.linalg.matvec(tf.gather(self.factors, component), noise[0][:, 1:])
        return (tf.gather(self.means, component) + moved,)

    def call(self, noise: Latents) -> Latents:
        """Same as `transform`."""
        return self.transform(noise)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "dim": self.dim, "components": self.components}
