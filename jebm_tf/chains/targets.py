"""The log densities that the chains move on, in z and in ε.

In ε-space z = T(ε) is the ancestral reparameterisation of p_β>0, and the change of variables turns log p_β>0(z) into
log N(ε; 0, I) *exactly*: |det ∂T/∂ε| cancels the σ's in the conditional densities. Adding log p_β>0(T(ε)) there
instead, as the paper's released code does, would leave a spurious −Σ log σ in the target.
"""

import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, LogDensity


def prior_in_z(model: JointModel) -> LogDensity:
    """The unnormalised joint EBM prior (Eq. 7) of z: Σ f + log p_β>0 (Eq. 13)."""
    model.tilting.require_joint("a chain on all layers of the prior")
    return model.log_prior


def prior_in_noise(model: JointModel) -> LogDensity:
    """Its pull-back by T, of ε: Σ f(T(ε)) + log N(ε; 0, I)."""
    model.tilting.require_joint("a chain on all layers of the prior")
    return lambda noise: _log_standard_normal(noise) + model.f(model.transform(noise))


def posterior_in_z(model: JointModel, x: tf.Tensor, climb: float | tf.Tensor = 1.0) -> LogDensity:
    """The unnormalised posterior p(x | z) p(z) of images `[batch, ...]` (Eq. 14), of z.

    `climb` weighs Σ f in it: at 0 it is the backbone's posterior p(x | z) p_β>0(z).
    """
    model.tilting.require_joint("a chain on the posterior")
    return lambda z: model.log_likelihood(x, z) + _climbed(model.log_gaussian_prior(z), model, z, climb)


def posterior_in_noise(model: JointModel, x: tf.Tensor, climb: float | tf.Tensor = 1.0) -> LogDensity:
    """Its pull-back by T, of ε."""
    model.tilting.require_joint("a chain on the posterior")

    def pulled_back(noise: Latents) -> tf.Tensor:
        z = model.transform(noise)
        return model.log_likelihood(x, z) + _climbed(_log_standard_normal(noise), model, z, climb)

    return pulled_back


def _climbed(log_base: tf.Tensor, model: JointModel, z: Latents, climb: float | tf.Tensor) -> tf.Tensor:
    """log_base + climb · Σ f(z), in which f is not computed at all where it weighs nothing."""
    if isinstance(climb, float) and climb == 0.0:
        return log_base
    return climb * model.f(z) + log_base


def _log_standard_normal(noise: Latents) -> tf.Tensor:
    return tf.add_n([normal_log_prob(e, 0.0, 1.0) for e in noise])
