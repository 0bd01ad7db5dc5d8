"""Fréchet distances between images by their features (Heusel et al. 2017)."""

import numpy as np

FEW = 2048  # below so many images the covariance of Inception's features is singular and the distance mostly bias


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """‖m − m'‖² + tr(C + C' − 2 (C C')^½) of two sets of features `[number, dim]`, in float64.

    C and C' are unbiased sample covariances. With C = F Fᵀ and C' = F' F'ᵀ the eigenvalues of (C C')^½ are the singular
    values of Fᵀ F'; they are exact to rounding, where roots of eigenvalues of C C' are exact to the root of it.
    """
    sets = [np.asarray(features, np.float64) for features in (real, generated)]
    shift = sets[0].mean(axis=0) - sets[1].mean(axis=0)
    one, other = (np.atleast_2d(np.cov(features, rowvar=False)) for features in sets)
    overlap = np.linalg.svd(_factor(one).T @ _factor(other), compute_uv=False).sum()
    return float(shift @ shift + np.trace(one) + np.trace(other) - 2.0 * overlap)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """F with F Fᵀ the covariance; eigenvalues that rounding alone makes of 0 are 0, since their roots would count."""
    values, vectors = np.linalg.eigh(covariance)
    noise = len(values) * np.finfo(values.dtype).eps * values[-1]
    return vectors * np.sqrt(np.where(values > noise, values, 0.0))


def warn_if_few(number: int, task: str) -> tuple[str, ...]:
    """The note that a distance of too few images gets."""
    if number >= FEW:
        return ()
    return (f"{task}: {number} images are fewer than {FEW}; the distance is biased upwards, strongly",)
