"""Features of reference images and of a model's samples, each computed once."""

import hashlib

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation import kept
from jebm_tf.evaluation.features.network import FeatureNetwork, Features
from jebm_tf.evaluation.subject import Subject, describe


def reference_features(subject: Subject, network: FeatureNetwork, images: ImageSet) -> Features:
    """Features of a reference set, kept on disk under the hash of its pixels and of the network."""
    key = hashlib.sha256(f"{images.digest()} {network.digest} {network.resizing}".encode()).hexdigest()
    path = subject.cache / "features" / f"{key}.npz"
    arrays = kept.read(path)
    if arrays is not None:
        return Features(arrays["activations"], arrays.get("logits"))
    found = network.features(images.images, subject.progress)
    logits = {} if found.logits is None else {"logits": found.logits}
    kept.write(path, {"activations": found.activations, **logits})
    return found


def compared_features(
    subject: Subject, network: FeatureNetwork, num_samples: int, split: str, num_reference: int | None
) -> tuple[Features, Features, dict]:
    """Features of the reference and of samples, and the protocol that the comparison holds for.

    Raises:
      UserError: fewer than two samples.
    """
    if num_samples < 2:
        raise UserError(f"num_samples = {num_samples}: a comparison of features needs 2 or more")
    reference = subject.images(split).spread(num_reference)
    real = reference_features(subject, network, reference)
    generated = subject.sample_features(network, num_samples)
    protocol = {
        "samples": num_samples,
        "reference": describe(reference),
        "feature_network": network.describe(),
        "pixels": "uint8, rounded and clipped",
    }
    return real, generated, protocol
