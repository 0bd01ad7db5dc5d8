"""Inception Score (Salimans et al. 2016; Table 2)."""

import numpy as np

from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.frechet import FEW
from jebm_tf.evaluation.result import Result


def inception_score(
    context: EvaluationContext, network: FeatureNetwork, *, num_samples: int = 50_000, num_splits: int = 10
) -> Result:
    """exp E[KL(p(y | x) ‖ p(y))] of samples, as mean and standard deviation over splits.

    Args:
      context: the model.
      network: gives the logits.
      num_samples: how many.
      num_splits: of the samples, each scored by itself.

    Raises:
      UserError: the network has no logits, or there are fewer samples than splits.
    """
    if num_samples < num_splits:
        raise UserError(f"inception_score: {num_samples} samples cannot make {num_splits} splits")
    if not network.has_logits:
        raise UserError(
            "inception_score: these weights of the Inception network have no logits (softmax/weight), and the score is"
            " made of them; take weights that have them"
        )
    scores = split_scores(context.sample_features(network, num_samples).require_logits(), num_splits)
    protocol = {
        "samples": num_samples,
        "splits": num_splits,
        "feature_network": network.describe(),
        "images": context.model.backbone.likelihood.image_kind,
    }
    notes = (
        (f"inception_score: {num_samples} samples are few; the score is biased downwards",) if num_samples < FEW else ()
    )
    return Result({"inception_score": scores.mean(), "inception_score_std": scores.std()}, protocol, notes=notes)


def split_scores(logits: np.ndarray, num_splits: int) -> np.ndarray:
    """The score of each of `num_splits` equal parts of `logits` `[number, classes]`, in float64."""
    return np.array([_score(part) for part in np.array_split(logits.astype(np.float64), num_splits)])


def _score(logits: np.ndarray) -> float:
    """exp of the mean of KL(p(y | x) ‖ p(y)) over the rows."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    marginal = p.mean(axis=0)
    log_marginal = np.log(marginal, where=marginal > 0.0, out=np.zeros_like(marginal))  # where p is 0, so is the term
    return np.exp(np.mean(np.sum(p * (log_p - log_marginal), axis=1)))
