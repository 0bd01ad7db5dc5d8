"""Kernel Inception distance (Bińkowski et al. 2018): unlike the Fréchet distance unbiased for any number of images."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from jebm_tf.errors import UserError
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
      block_size: the estimate is the mean over blocks of at most so many images of each kind, as many blocks as the
        smaller set fills.

    Raises:
      UserError: too few samples.
    """
    real, generated, protocol = compared_features(subject, network, num_samples, split, num_reference)
    found = kernel_distance(real.activations, generated.activations, block_size, subject.seed)
    protocol |= {"blocks": found.blocks, "images_in_blocks": found.images}
    return Result({"kid": found.distance, "kid_standard_error": found.standard_error}, protocol)


class KernelDistance(NamedTuple):
    """An estimate of the squared distance.

    Attributes:
      distance: mean over blocks.
      standard_error: over blocks; None where there is one.
      blocks: how many.
      images: how many of either set are in them.
    """

    distance: float
    standard_error: float | None
    blocks: int
    images: list[int]


def kernel_distance(real: np.ndarray, generated: np.ndarray, block_size: int = 1000, seed: int = 0) -> KernelDistance:
    """The distance of two sets of features `[number, dim]`, in float64.

    By tensorflow-gan, whose blocks are slices, as many as the larger set fills: so both sets are shuffled, and the
    larger is cut to the blocks that the smaller one fills.

    Raises:
      UserError: a set has fewer than two images.
    """
    fewest = min(len(real), len(generated))
    if fewest < 2:
        raise UserError(f"a kernel distance needs two images or more on both sides, not {fewest}")
    blocks = math.ceil(fewest / block_size)
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(features)[: blocks * block_size] for features in (real, generated)]
    estimate = tfgan.load("classifier_metrics").kernel_classifier_distance_and_std_from_activations
    tensors = [tf.constant(features, tf.float64) for features in chosen]
    distance, error = (float(value) for value in estimate(*tensors, max_block_size=block_size))
    return KernelDistance(distance, error if np.isfinite(error) else None, blocks, [len(c) for c in chosen])
