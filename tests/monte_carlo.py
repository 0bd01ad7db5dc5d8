"""Comparison of independent samples with known answers, at five standard errors.

A right program fails one such comparison in 1.7 million, and seeds are fixed: a failure means a mistake.
"""

import numpy as np

STANDARD_ERRORS = 5.0


def assert_mean(values, expected, allowance=0.0):
    """The mean over the first axis is `expected` within Monte-Carlo error and `allowance` for a known bias."""
    values = np.asarray(values, np.float64)
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    np.testing.assert_array_less(np.abs(values.mean(axis=0) - expected), STANDARD_ERRORS * error + allowance)


def assert_gaussian(values, mean, covariance):
    """Rows of `values` have this mean and covariance; the errors are those of a Gaussian sample."""
    values, covariance = np.asarray(values, np.float64), np.asarray(covariance)
    variances = np.diag(covariance)
    mean_error = np.sqrt(variances / len(values))
    np.testing.assert_array_less(np.abs(values.mean(axis=0) - mean), STANDARD_ERRORS * mean_error)
    covariance_error = np.sqrt((np.outer(variances, variances) + covariance**2) / len(values))
    found = np.cov(values, rowvar=False).reshape(covariance.shape)
    np.testing.assert_array_less(np.abs(found - covariance), STANDARD_ERRORS * covariance_error)
