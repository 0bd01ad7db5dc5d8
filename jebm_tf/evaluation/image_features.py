"""Features of reference images and of a model's samples, each computed once."""

import hashlib
from collections.abc import Callable, Sequence

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation import array_cache
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.features.network import FeatureNetwork, Features


def reference_features(context: EvaluationContext, network: FeatureNetwork, images: ImageSet) -> Features:
    """Features of a reference set, kept on disk under the hash of its pixels and of the network."""
    key = hashlib.sha256(f"{images.digest()} {network.digest} {network.resizing}".encode()).hexdigest()
    path = context.cache / "features" / f"{key}.npz"
    arrays = array_cache.read(path)
    if arrays is not None:
        return Features(arrays["activations"], arrays.get("logits"))
    found = network.features(images.images, context.progress)
    logits = {} if found.logits is None else {"logits": found.logits}
    array_cache.write(path, {"activations": found.activations, **logits})
    return found


def compared_features(
    context: EvaluationContext, network: FeatureNetwork, num_samples: int, split: str, num_reference: int | None
) -> tuple[Features, Features, dict]:
    """Features of the reference and of samples, and the protocol that the comparison holds for.

    Raises:
      UserError: fewer than two samples.
    """
    if num_samples < 2:
        raise UserError(f"num_samples = {num_samples}: a comparison of features needs 2 or more")
    reference = context.images(split).subsample(num_reference)
    real = reference_features(context, network, reference)
    generated = context.sample_features(network, num_samples)
    protocol = {
        "samples": num_samples,
        "reference": describe(reference),
        "feature_network": network.describe(),
        "images": context.model.backbone.likelihood.image_kind,
        "pixels": "uint8, rounded and clipped",
    }
    return real, generated, protocol


def by_prior_steps(
    context: EvaluationContext,
    network: FeatureNetwork,
    num_samples: int,
    prior_steps: Sequence[int],
    *,
    measure: Callable[[Features], float],
    name: str,
) -> dict[str, float]:
    """What `measure` says of features of samples after other numbers of chain steps, as `NAME_after_K_steps`.

    Raises:
      UserError: samples are not drawn by one chain.
    """
    found = {}
    for steps in prior_steps:
        at_steps = context.with_prior_steps(steps, f"{name}.prior_steps")
        found[f"{name}_after_{steps}_steps"] = measure(at_steps.sample_features(network, num_samples))
    return found
