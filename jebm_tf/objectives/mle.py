"""The maximum-likelihood objective of the joint EBM prior model (Eq. 8-11)."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents


class MLETerms(NamedTuple):
    """Per-example terms, each `[batch]`, in nats; tuples hold one per layer, bottom first.

    Attributes:
      log_likelihood: log p(x | z+).
      squared_error: (x − E[x | z+])², averaged over pixels and channels; reported, not part of the objective.
      log_prior_posterior: log p(z_i+ | z_{i+1}+).
      log_prior_prior: log p(z_i− | z_{i+1}−), see `Tilting.log_prior_of_negatives`; empty without prior samples.
      f_posterior: f_i(z_i+).
      f_prior: f_i(z_i−); empty without prior samples.
    """

    log_likelihood: tf.Tensor
    squared_error: tf.Tensor
    log_prior_posterior: tuple[tf.Tensor, ...]
    log_prior_prior: tuple[tf.Tensor, ...]
    f_posterior: tuple[tf.Tensor, ...]
    f_prior: tuple[tf.Tensor, ...]

    @property
    def surrogate(self) -> tf.Tensor:
        """log p(x|z+) + Σ [f(z+) − f(z−)] + log p_β>0(z+) − log p_β>0(z−), `[batch]`, to be *maximised*.

        Its gradient, with z+ ~ p(z|x) and z− ~ p(z) held constant, is the gradient of log p(x) (Eq. 8-11). Its
        value is not log p(x): the two differ by the normalising constant, whose gradient z− stands for.
        """
        return tf.add_n([self.log_likelihood, *self.f_posterior, *self.log_prior_posterior]) - self.log_normalizer

    @property
    def bound_surrogate(self) -> tf.Tensor:
        """The same less −log p_β>0(z−), `[batch]`: β>0 climbs log p_β>0(z+) alone, as in a backbone's own bound."""
        terms = [self.log_likelihood, *self.f_posterior, *self.log_prior_posterior]
        return tf.add_n(terms) - self.negative_f

    @property
    def negative_f(self) -> tf.Tensor:
        """Σ f(z−), `[batch]`: its gradient by α is that of log Z; zero without prior samples."""
        return tf.add_n([tf.zeros_like(self.log_likelihood), *self.f_prior])

    @property
    def log_normalizer(self) -> tf.Tensor:
        """f(z−) + log p_β>0(z−), `[batch]`: its gradient is that of the prior's log Z; zero without prior samples."""
        return tf.add_n([self.negative_f, *self.log_prior_prior])

    @property
    def energy_magnitude(self) -> tf.Tensor:
        """Σ f_i(z_i+)² + Σ f_i(z_i−)², `[batch]`; zero where there are no energies."""
        squares = [tf.square(f) for f in (*self.f_posterior, *self.f_prior)]
        return tf.add_n([tf.zeros_like(self.log_likelihood), *squares])


def mle_terms(model: JointModel, x: tf.Tensor, z_posterior: Latents, z_prior: Latents | None) -> MLETerms:
    """The terms of Eq. 8-11 for images `x`, their posterior samples z+ and as many prior samples z−.

    `z_prior` is None for a model without energies: its prior is normalised, so that z− would add noise of mean zero.
    """
    tilting = model.tilting
    output = model.backbone.decoder_output(z_posterior)
    return MLETerms(
        log_likelihood=model.backbone.likelihood.log_prob(x, output),
        squared_error=tf.reduce_mean(tf.square(x - model.backbone.likelihood.mean(output)), axis=(1, 2, 3)),
        log_prior_posterior=model.backbone.log_prior_terms(z_posterior),
        log_prior_prior=() if z_prior is None else tilting.log_prior_of_negatives(model, z_posterior, z_prior),
        f_posterior=model.f_terms(z_posterior),
        f_prior=() if z_prior is None else model.f_terms(z_prior),
    )
