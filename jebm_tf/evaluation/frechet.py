"""Fréchet distances between images by their features (Heusel et al. 2017)."""

import numpy as np
import tensorflow as tf

from jebm_tf.evaluation import tfgan

FEW = 2048  # below so many images the covariance of Inception's features is singular and the distance mostly bias


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """‖m − m'‖² + tr(C + C' − 2 (C C')^½) of two sets of features `[number, dim]`, in float64, by tensorflow-gan.

    C and C' are unbiased sample covariances.
    """
    distance = tfgan.load("classifier_metrics").frechet_classifier_distance_from_activations
    return float(distance(tf.constant(real, tf.float64), tf.constant(generated, tf.float64)))


def warn_if_few(number: int, task: str) -> tuple[str, ...]:
    """The note that a distance of too few images gets."""
    if number >= FEW:
        return ()
    return (f"{task}: {number} images are fewer than {FEW}; the distance is biased upwards, strongly",)
