"""A model with two scalar layers, and its integrals by the rectangle rule."""

import numpy as np
import tensorflow as tf
from scipy.special import logsumexp

from tests.small_models import grid, set_dense, skewed_model


def curved_model():
    """`skewed_model` with a generator that bends: images of two pixels."""
    model = skewed_model()
    set_dense(model.backbone.generator.stack, [[0.6, -0.9]], [0.1, -0.2])
    return model


def integral(model, x=None):
    """log Z, or log ∫ p(x|z) exp[f] p_β>0 dz, by the rectangle rule."""
    axes = np.linspace(-8.0, 14.0, 2201), np.linspace(-7.0, 7.0, 1401)
    z = grid(*axes)
    log_density = np.float64(model.log_prior(z))
    if x is not None:
        log_density += np.float64(model.log_likelihood(tf.repeat(x[None], len(z[0]), axis=0), z))
    return logsumexp(log_density) + np.log(np.prod([a[1] - a[0] for a in axes]))
