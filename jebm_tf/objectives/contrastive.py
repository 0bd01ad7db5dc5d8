"""The noise-contrastive objective of a prior's reweighting (Aneja et al. 2021, NCP-VAE)."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents


class ContrastiveTerms(NamedTuple):
    """Per-example terms of a binary classifier with logit f = Σ f_i, each `[batch]`.

    Attributes:
      posterior: log D(z) at z ~ q, with D = sigmoid(f), in nats.
      prior: log(1 − D(z)) at z ~ p_β>0, in nats.
      accuracy: the share of right answers, 0, ½ or 1 for each pair.
    """

    posterior: tf.Tensor
    prior: tf.Tensor
    accuracy: tf.Tensor

    @property
    def objective(self) -> tf.Tensor:
        """log D(z+) + log(1 − D(z−)), `[batch]`, to be *maximised*; at the best D, f = log q(z) − log p_β>0(z)."""
        return self.posterior + self.prior


def contrastive_terms(model: JointModel, z_posterior: Latents, z_prior: Latents) -> ContrastiveTerms:
    """The terms at samples of the aggregated posterior and of the Gaussian prior, constants for the gradients."""
    f_posterior, f_prior = model.f(z_posterior), model.f(z_prior)
    right = tf.cast(f_posterior > 0.0, tf.float32) + tf.cast(f_prior < 0.0, tf.float32)
    return ContrastiveTerms(tf.math.log_sigmoid(f_posterior), tf.math.log_sigmoid(-f_prior), 0.5 * right)
