"""The second stage's objective: f alone, on a frozen backbone (Sec. 5.1; Eq. 10 for α)."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents


class EBMTerms(NamedTuple):
    """Per-example terms, each `[batch]`, in nats; one entry per head, bottom first.

    Attributes:
      f_posterior: f_i(z_i+).
      f_prior: f_i(z_i−).
    """

    f_posterior: tuple[tf.Tensor, ...]
    f_prior: tuple[tf.Tensor, ...]

    @property
    def surrogate(self) -> tf.Tensor:
        """Σ [f(z+) − f(z−)]: its gradient by α is that of log p(x), with both samples held constant."""
        return tf.add_n(self.f_posterior) - tf.add_n(self.f_prior)

    @property
    def energy_magnitude(self) -> tf.Tensor:
        """Σ f_i(z_i+)² + Σ f_i(z_i−)²."""
        return tf.add_n([tf.square(f) for f in (*self.f_posterior, *self.f_prior)])


def ebm_terms(model: JointModel, z_posterior: Latents, z_prior: Latents) -> EBMTerms:
    """The terms at posterior samples z+ and as many prior samples z−."""
    return EBMTerms(model.f_terms(z_posterior), model.f_terms(z_prior))
