"""Fréchet Inception distance (Tables 1-3, 5, 6)."""

from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.frechet import frechet_distance, warn_if_few
from jebm_tf.evaluation.image_features import compared_features
from jebm_tf.evaluation.result import Result


def fid(
    context: EvaluationContext,
    network: FeatureNetwork,
    *,
    num_samples: int = 50_000,
    split: str = "train",
    num_reference: int | None = None,
) -> Result:
    """Distance of samples to a split of the data in the features of the Inception network of 2015.

    Args:
      context: the model.
      network: gives the features.
      num_samples: how many; the paper's protocol has 50,000, and 30,000 where the training set is smaller.
      split: the reference.
      num_reference: at most so many reference images, evenly spread; None for all, as the protocol has it.

    Raises:
      UserError: too few samples.
    """
    real, generated, protocol = compared_features(context, network, num_samples, split, num_reference)
    distance = frechet_distance(real.activations, generated.activations)
    fewest = min(len(real.activations), num_samples)
    return Result({"fid": distance}, protocol, notes=warn_if_few(fewest, "fid"))
