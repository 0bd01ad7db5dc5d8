"""The variational objective of the joint EBM prior model (Eq. 15-19), and the evidence lower bound that it extends.

With z+ ~ q(z | x), reparameterised, two things are maximised at once:

- by the model's parameters, the surrogate of `jebm_tf.objectives.mle` with z+ in place of a posterior sample (Eq.
  17-18);
- by q's parameters ω, E_q[log p(x|z)] − KL(q || p_β>0) + E_q[Σ f_i(z_i)] (Eq. 19). The normalising constant of the
  joint prior does not depend on ω; those of conditional tilting, Z_i(z_{i+1}), do through z+.

Neither gradient reaches the other's parameters: each objective is differentiated by its own only.
"""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.distributions import normal_kl
from jebm_tf.models.inference import Inferred
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.elbo import divergences
from jebm_tf.objectives.mle import MLETerms, mle_terms
from jebm_tf.types import Latents


class VariationalTerms(NamedTuple):
    """Per-example terms, each `[batch]`, in nats.

    Attributes:
      learning: the terms of the model's own objective at z+ ~ q(z | x) and z−.
      kl: one per layer, bottom first; the sum's mean under q is KL(q || p_β>0). See `kl_terms`, or
        `divergences` for a top-down q.
    """

    learning: MLETerms
    kl: tuple[tf.Tensor, ...]

    @property
    def elbo(self) -> tf.Tensor:
        """log p(x|z+) − Σ KL_i: with no energies, a lower bound of log p(x) in expectation; else of the backbone's."""
        return self.learning.log_likelihood - tf.add_n(self.kl)

    @property
    def expected_f(self) -> tf.Tensor:
        """Σ f_i(z_i+); zero where there are no energies."""
        return tf.add_n([tf.zeros_like(self.learning.log_likelihood), *self.learning.f_posterior])


def variational_terms(model: JointModel, x: tf.Tensor, inferred: Inferred, z_prior: Latents | None) -> VariationalTerms:
    """The terms of Eq. 15-19 for images `x`, a sample of q(z | x) for each, and as many prior samples z− (or None)."""
    learning = mle_terms(model, x, inferred.z, z_prior)
    if model.backbone.top_down:
        conditionals = model.backbone.conditionals(inferred.z)
        return VariationalTerms(learning, divergences(inferred, conditionals, model.backbone.has_analytic_kl))
    return VariationalTerms(learning, kl_terms(inferred, learning.log_prior_posterior))


def kl_terms(inferred: Inferred, log_prior: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
    """KL(q || p_β>0) of a bottom-up q, split over layers.

    The top layer is in closed form: given z_{L-1}, both q(z_L | z_{L-1}) and p(z_L) = N(0, I) are Gaussian. The lower
    ones are by sample, log q(z_i | z_{i-1}) − log p(z_i | z_{i+1}), since p's Gaussian is known only given a z_{i+1}
    that itself depends on z_i. With L = 1 all is closed.

    Args:
      inferred: the sample of q.
      log_prior: log p(z_i | z_{i+1}) at the sample, as `Backbone.log_prior_terms` gives it.
    """
    top_mean, top_scale = inferred.mean[-1], inferred.scale[-1]
    top = normal_kl(top_mean, top_scale, tf.zeros_like(top_mean), tf.ones_like(top_scale))
    sampled = [log_q - log_p for log_q, log_p in zip(inferred.log_prob_terms[:-1], log_prior[:-1], strict=True)]
    return (*sampled, top)
