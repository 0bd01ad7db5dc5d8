"""The objective of a regularised autoencoder (Ghosh et al. 2020)."""

from typing import NamedTuple

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents


class AutoencoderTerms(NamedTuple):
    """Per-example terms, each `[batch]`, in nats.

    Attributes:
      log_likelihood: log p(x | z) at the code z = E(x).
      squared_error: (x − E[x | z])², averaged over pixels and channels; reported, not part of the objective.
      code: ½ ‖z‖².
      smoothness: ½ ‖∂ output / ∂ z‖² (squared Frobenius norm), by one random projection, or zero.
    """

    log_likelihood: tf.Tensor
    squared_error: tf.Tensor
    code: tf.Tensor
    smoothness: tf.Tensor


def autoencoder_terms(model: JointModel, x: tf.Tensor, z: Latents, projection: tf.Tensor | None) -> AutoencoderTerms:
    """The terms for images `x` and their codes.

    Args:
      projection: standard normal noise v, shaped like the generator's output, for an unbiased estimate of the
        Jacobian's norm, E ‖Jᵀv‖² = ‖J‖²; None to leave it out.
    """
    if projection is None:
        output, smoothness = model.backbone.decoder_output(z), tf.zeros_like(x[:, 0, 0, 0])
    else:
        with tf.GradientTape() as tape:
            tape.watch(z)
            output = model.backbone.decoder_output(z)
            projected = tf.reduce_sum(output * projection)
        smoothness = _half_squares(tape.gradient(projected, z)[0])
    return AutoencoderTerms(
        log_likelihood=model.backbone.likelihood.log_prob(x, output),
        squared_error=tf.reduce_mean(tf.square(x - model.backbone.likelihood.mean(output)), axis=(1, 2, 3)),
        code=_half_squares(z[0]),
        smoothness=smoothness,
    )


def _half_squares(values: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_sum(tf.square(values), axis=-1)
