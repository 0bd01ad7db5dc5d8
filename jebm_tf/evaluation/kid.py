"""Kernel Inception distance (Bińkowski et al. 2018): unlike the Fréchet distance unbiased for any number of images."""

import math
from typing import NamedTuple

import numpy as np

from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.image_features import compared_features
from jebm_tf.evaluation.result import Result


def kid(
    context: EvaluationContext,
    network: FeatureNetwork,
    *,
    num_samples: int = 50_000,
    split: str = "train",
    num_reference: int | None = None,
    block_size: int = 1000,
) -> Result:
    """Squared maximum mean discrepancy of samples and data under the kernel (aᵀb / dim + 1)³.

    Args:
      context: the model.
      network, num_samples, split, num_reference: as in `fid`.
      block_size: the estimate is the mean over blocks of at most so many images of each kind, as many blocks as the
        smaller set fills.

    Raises:
      UserError: too few samples.
    """
    real, generated, protocol = compared_features(context, network, num_samples, split, num_reference)
    found = kernel_distance(real.activations, generated.activations, block_size, context.seed)
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

    Both sets are shuffled, the larger is cut to the blocks that the smaller one fills, and each is shared out among as
    many blocks of nearly one size.

    Raises:
      UserError: a set, or a block, has fewer than two images.
    """
    fewest = min(len(real), len(generated))
    if fewest < 2:
        raise UserError(f"a kernel distance needs two images or more on both sides, not {fewest}")
    blocks = math.ceil(fewest / max(block_size, 1))
    if fewest // blocks < 2:
        raise UserError(f"kid.block_size = {block_size}: leaves fewer than two of {fewest} images in a block")
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(features)[: blocks * block_size] for features in (real, generated)]
    pairs = zip(*(_shared_out(np.asarray(features, np.float64), blocks) for features in chosen), strict=True)
    estimates = np.array([_squared_discrepancy(*pair) for pair in pairs])
    error = float(estimates.std(ddof=1) / math.sqrt(blocks)) if blocks > 1 else None
    return KernelDistance(float(estimates.mean()), error, blocks, [len(c) for c in chosen])


def _shared_out(features: np.ndarray, blocks: int) -> list[np.ndarray]:
    """So many slices of nearly one size; the longer ones are the last, as tensorflow-gan has it."""
    size, longer = divmod(len(features), blocks)
    sizes = [size] * (blocks - longer) + [size + 1] * longer
    return np.split(features, np.cumsum(sizes)[:-1])


def _squared_discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased estimate of the squared maximum mean discrepancy of two blocks `[number, dim]`."""

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1.0) ** 3

    def mean_of_pairs(k):
        return (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))

    return mean_of_pairs(kernel(x, x)) + mean_of_pairs(kernel(y, y)) - 2.0 * kernel(x, y).mean()
