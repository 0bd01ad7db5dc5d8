"""The evidence lower bound of a backbone alone, log p(x) ≥ E_q[log p(x | z)] − Σ KL_i, and KL balancing."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from jebm_tf.distributions import normal_kl, normal_log_prob
from jebm_tf.models.backbones.backbone import Backbone, Conditionals, ForwardPass
from jebm_tf.models.inference import Inferred

_LEAST_KL = 0.01  # nats, in what balancing weighs by


class ElboTerms(NamedTuple):
    """Per-example terms, each `[batch]`.

    Attributes:
      log_likelihood: log p(x | z+), in nats.
      squared_error: (x − E[x | z+])², averaged over pixels and channels.
      kl: one per layer, bottom first, in nats; the sum's mean under q is KL(q || p_β>0).
    """

    log_likelihood: tf.Tensor
    squared_error: tf.Tensor
    kl: tuple[tf.Tensor, ...]

    @property
    def elbo(self) -> tf.Tensor:
        """log p(x | z+) − Σ KL_i, a lower bound of log p(x) in expectation."""
        return self.log_likelihood - tf.add_n(self.kl)


def elbo_terms(backbone: Backbone, x: tf.Tensor, forward: ForwardPass) -> ElboTerms:
    """The bound's terms for images `x`, `[batch, height, width, channels]`, and one way up and down for each."""
    likelihood, output = backbone.likelihood, forward.output
    return ElboTerms(
        log_likelihood=likelihood.log_prob(x, output),
        squared_error=tf.reduce_mean(tf.square(x - likelihood.mean(output)), axis=(1, 2, 3)),
        kl=divergences(forward.inferred, forward.conditionals, backbone.has_analytic_kl),
    )


def divergences(inferred: Inferred, conditionals: Conditionals, analytic: Sequence[bool]) -> tuple[tf.Tensor, ...]:
    """KL_i of every layer, `[batch]`: in closed form where `analytic`, by the sample elsewhere.

    Args:
      inferred: the sample of q.
      conditionals: p_β>0's at the sample.
      analytic: see `Backbone.has_analytic_kl`.
    """
    terms = []
    for i, (conditional, log_q) in enumerate(zip(conditionals, inferred.log_prob_terms, strict=True)):
        if analytic[i]:
            terms.append(normal_kl(inferred.mean[i], inferred.scale[i], *conditional))
        else:
            terms.append(log_q - normal_log_prob(inferred.z[i], *conditional))
    return tuple(terms)


def balance(means: tf.Tensor, latent_shapes: Sequence[Sequence[int]]) -> tf.Tensor:
    """Weights of the layers' KL terms while these are warmed up, of mean 1 (Vahdat and Kautz 2020, Sec. A).

    A layer counts by its KL, so that none is left unused early, and less the more places its map has for each layer of
    that size.

    Args:
      means: |KL_i| averaged over the global batch, `[layers]`.
      latent_shapes: of each layer.
    """
    layers_of = Counter(tuple(shape) for shape in latent_shapes)
    places = np.array([math.prod(shape[:-1]) / layers_of[tuple(shape)] for shape in latent_shapes], np.float32)
    weights = (means + _LEAST_KL) / (places / places.min())
    return tf.stop_gradient(weights / tf.reduce_mean(weights))
