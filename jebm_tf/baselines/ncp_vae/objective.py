"""The noise-contrastive objective of a prior's reweighting (Aneja et al. 2021, NCP-VAE)."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents


class ContrastiveTerms(NamedTuple):
    """Per-example terms of a binary classifier with logit f = Σ f_i, each `[batch]`.

    Attributes:
      f_posterior: the logit at z ~ q.
      f_prior: the logit at z ~ p_β>0.
    """

    f_posterior: tf.Tensor
    f_prior: tf.Tensor

    @property
    def objective(self) -> tf.Tensor:
        """log D(z+) + log(1 − D(z−)) with D = sigmoid(f), in nats, to be *maximised*; best at f = log q − log p_β>0."""
        return tf.math.log_sigmoid(self.f_posterior) + tf.math.log_sigmoid(-self.f_prior)

    @property
    def accuracy(self) -> tf.Tensor:
        """The share of right answers, 0, ½ or 1 for each pair."""
        return 0.5 * (tf.cast(self.f_posterior > 0.0, tf.float32) + tf.cast(self.f_prior < 0.0, tf.float32))


def contrastive_terms(model: JointModel, z_posterior: Latents, z_prior: Latents) -> ContrastiveTerms:
    """The terms at samples of the aggregated posterior and of the Gaussian prior, constants for the gradients."""
    return ContrastiveTerms(model.f(z_posterior), model.f(z_prior))
