"""Fréchet Inception distance (Tables 1-3, 5, 6)."""

from collections.abc import Sequence

from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.network import FeatureNetwork, Features
from jebm_tf.evaluation.frechet import frechet_distance, warn_if_few
from jebm_tf.evaluation.image_features import by_prior_steps, compared_features
from jebm_tf.evaluation.result import Result


def fid(
    context: EvaluationContext,
    network: FeatureNetwork,
    *,
    num_samples: int = 50_000,
    split: str = "train",
    num_reference: int | None = None,
    prior_steps: Sequence[int] = (),
) -> Result:
    """Distance of samples to a split of the data in the features of the Inception network of 2015.

    Args:
      context: the model.
      network: gives the features.
      num_samples: how many; the paper's protocol has 50,000, and 30,000 where the training set is smaller.
      split: the reference.
      num_reference: at most so many reference images, evenly spread; None for all, as the protocol has it.
      prior_steps: other numbers of steps of the prior chain to measure samples after; 0 is p_β>0 alone (Table 6).

    Raises:
      UserError: too few samples, or `prior_steps` of what is sampled without a chain.
    """
    real, generated, protocol = compared_features(context, network, num_samples, split, num_reference)

    def measure(features: Features) -> float:
        return frechet_distance(real.activations, features.activations)

    numbers = {"fid": measure(generated)}
    numbers |= by_prior_steps(context, network, num_samples, prior_steps, measure=measure, name="fid")
    fewest = min(len(real.activations), num_samples)
    return Result(numbers, protocol, notes=warn_if_few(fewest, "fid"))
