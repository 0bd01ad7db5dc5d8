"""Kernel Inception distance (Bińkowski et al. 2018): unlike the Fréchet distance unbiased for any number of images."""

import numpy as np
import tensorflow as tf

from jebm_tf.evaluation import tfgan
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.image_features import compared_features
from jebm_tf.evaluation.result import Result
from jebm_tf.evaluation.subject import Subject


def kid(
    subject: Subject,
    network: FeatureNetwork,
    *,
    num_samples: int = 50_000,
    split: str = "train",
    num_reference: int | None = None,
    block_size: int = 1000,
) -> Result:
    """Squared maximum mean discrepancy of samples and data under the kernel (aᵀb / dim + 1)³.

    Args:
      subject: the model.
      network, num_samples, split, num_reference: as in `fid`.
      block_size: the estimate is the mean over blocks of at most so many images of each kind.

    Raises:
      UserError: too few samples.
    """
    real, generated, protocol = compared_features(subject, network, num_samples, split, num_reference)
    distance, error = kernel_distance(real.activations, generated.activations, block_size, subject.seed)
    return Result({"kid": distance, "kid_standard_error": error}, protocol | {"block_size": block_size})


def kernel_distance(
    real: np.ndarray, generated: np.ndarray, block_size: int = 1000, seed: int = 0
) -> tuple[float, float | None]:
    """The distance of two sets of features `[number, dim]` and its standard error over blocks, in float64.

    By tensorflow-gan, whose blocks are slices, so that both sets are shuffled first. With a single block there is no
    standard error.
    """
    rng = np.random.default_rng(seed)
    shuffled = [tf.constant(rng.permutation(features), tf.float64) for features in (real, generated)]
    estimate = tfgan.load("classifier_metrics").kernel_classifier_distance_and_std_from_activations
    distance, error = (float(value) for value in estimate(*shuffled, max_block_size=block_size))
    return distance, error if np.isfinite(error) else None
