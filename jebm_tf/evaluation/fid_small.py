"""Distances in the features of a classifier of the data set at hand: for small grey images, strange to Inception."""

from collections.abc import Sequence

import numpy as np

from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.classifier import trained_classifier
from jebm_tf.evaluation.features.network import Features
from jebm_tf.evaluation.frechet import frechet_distance
from jebm_tf.evaluation.image_features import by_prior_steps, compared_features, reference_features
from jebm_tf.evaluation.kid import kernel_distance
from jebm_tf.evaluation.result import Result

_EPOCHS = 3


def fid_small(
    context: EvaluationContext,
    *,
    num_samples: int = 10_000,
    split: str = "train",
    num_reference: int | None = None,
    epochs: int = _EPOCHS,
    prior_steps: Sequence[int] = (),
) -> Result:
    """Fréchet and kernel distance of samples to the data in a small classifier's features, and the classes it sees.

    Beside them stands the distance of as many test images, as a scale. (The classifier learned on the training images,
    so that samples which copy them can come nearer than that.)

    Args:
      context: the model.
      num_samples, split, num_reference, prior_steps: as in `fid`.
      epochs: of the classifier's training.

    Raises:
      UserError: the data have no labels, or `prior_steps` of what is sampled without a chain.
    """
    train, test = context.images("train"), context.images("test")
    network, accuracy = trained_classifier(train, test, context.cache, epochs=epochs, progress=context.progress)
    real, generated, protocol = compared_features(context, network, num_samples, split, num_reference)
    test = test.subsample(num_samples)
    held_out = reference_features(context, network, test)

    def measure(features: Features) -> float:
        return frechet_distance(real.activations, features.activations)

    kernel = kernel_distance(real.activations, generated.activations, seed=context.seed)
    shares = [_shares(features.require_logits()) for features in (real, generated)]
    numbers = {
        "fid_small": measure(generated),
        **by_prior_steps(context, network, num_samples, prior_steps, measure=measure, name="fid_small"),
        "fid_small_of_test_split": measure(held_out),
        "kid_small": kernel.distance,
        "kid_small_standard_error": kernel.standard_error,
        "total_variation_of_classes": 0.5 * float(np.abs(shares[0] - shares[1]).sum()),
    }
    rows = [
        {"class": train.name_of(k), "data_percent": 100.0 * real_share, "samples_percent": 100.0 * share}
        for k, (real_share, share) in enumerate(zip(*shares, strict=True))
    ]
    protocol |= {"classifier_epochs": epochs, "classifier_test_accuracy": accuracy, "test_images": len(test)}
    return Result(numbers, protocol, tables={"classes": rows})


def _shares(logits: np.ndarray) -> np.ndarray:
    return np.bincount(logits.argmax(axis=1), minlength=logits.shape[1]) / len(logits)
