"""The two objectives of a two-stage VAE (Dai and Wipf 2019), on one hierarchy of two layers."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.distributions import normal_kl
from jebm_tf.models.inference import Inferred
from jebm_tf.models.joint import JointModel


class FirstStageTerms(NamedTuple):
    """Terms of the VAE between x and z_1, whose prior is N(0, I); each `[batch]`.

    Attributes:
      log_likelihood: log p(x | z_1+), in nats.
      squared_error: (x − E[x | z_1+])², averaged over pixels and channels.
      kl: KL(q(z_1 | x) || N(0, I)), in nats.
    """

    log_likelihood: tf.Tensor
    squared_error: tf.Tensor
    kl: tf.Tensor

    @property
    def elbo(self) -> tf.Tensor:
        """The first stage's bound of log p(x)."""
        return self.log_likelihood - self.kl


class SecondStageTerms(NamedTuple):
    """Terms of the VAE between z_1 ~ q(z_1 | x) and z_2; each `[batch]`, in nats.

    Attributes:
      log_likelihood: log p(z_1+ | z_2+).
      kl: KL(q(z_2 | z_1+) || N(0, I)).
    """

    log_likelihood: tf.Tensor
    kl: tf.Tensor

    @property
    def elbo(self) -> tf.Tensor:
        """The second stage's bound of log p(z_1)."""
        return self.log_likelihood - self.kl


def first_stage_terms(model: JointModel, x: tf.Tensor, inferred: Inferred) -> FirstStageTerms:
    """The first stage's terms for images `x` and a sample of q for each."""
    output = model.backbone.decoder_output(inferred.z)
    return FirstStageTerms(
        log_likelihood=model.backbone.likelihood.log_prob(x, output),
        squared_error=tf.reduce_mean(tf.square(x - model.backbone.likelihood.mean(output)), axis=(1, 2, 3)),
        kl=_standard_kl(inferred.mean[0], inferred.scale[0]),
    )


def second_stage_terms(model: JointModel, inferred: Inferred) -> SecondStageTerms:
    """The second stage's terms at the same sample."""
    log_prior = model.backbone.log_prior_terms(inferred.z)
    return SecondStageTerms(log_prior[0], _standard_kl(inferred.mean[1], inferred.scale[1]))


def _standard_kl(mean: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    return normal_kl(mean, scale, tf.zeros_like(mean), tf.ones_like(scale))
