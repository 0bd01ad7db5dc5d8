"""Two latent layers, linear in everything: prior and posterior are Gaussians that are known in closed form.

z_2 ~ N(0, 1), z_1 = A z_2 + b + s ε, f_i = t_i · z_i, x = W z_1 + c + σ n. A law is a (mean, covariance) of (z_1, z_2).
"""

import numpy as np
import tensorflow as tf

from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from tests.small_models import DenseGenerator, set_dense

A, B, S = np.array([[1.2], [-0.5]]), np.array([0.3, -1.0]), np.array([0.4, 1.2])
W, C, SIGMA = np.array([[1.0, -0.3], [0.2, 0.8], [-0.6, 0.5]]), np.array([0.1, 0.5, -0.2]), 0.6
TILT = np.array([0.8, -0.6, 0.7])
X = np.array([0.9, -1.3, 0.4])

JACOBIAN = np.block([[np.diag(S), A], [np.zeros((1, 2)), np.eye(1)]])  # of z = T(ε)
OFFSET = np.append(B, 0.0)  # T(0)


def model():
    prior = GaussianPrior((2, 1), hidden=(), min_scale=0.1, max_scale=None)
    joint = shallow_model(
        DenseGenerator(2, 3), prior, [EnergyHead(()), EnergyHead(())], likelihood=GaussianLikelihood(SIGMA)
    )
    set_dense(prior.conditional_networks[0], [[*A[:, 0], 0.0, 0.0]], [*B, *np.log(S - 0.1)])
    set_dense(joint.backbone.generator.stack, W.T, C)
    set_dense(joint.energies[0].stack, TILT[:2, None], [5.0])
    set_dense(joint.energies[1].stack, TILT[2:, None], [-2.0])
    return joint


def images(batch):
    return tf.tile(tf.constant(X.reshape(1, 1, 3, 1), tf.float32), [batch, 1, 1, 1])


def backbone():
    """p_β>0."""
    return OFFSET, JACOBIAN @ JACOBIAN.T


def joint_prior():
    """exp(t · z) p_β>0(z): the covariance of p_β>0, its mean moved along it."""
    mean, covariance = backbone()
    return mean + covariance @ TILT, covariance


def posterior():
    """The joint prior times N(x; W z_1 + c, σ² I)."""
    mean, covariance = joint_prior()
    decoder = np.hstack([W, np.zeros((3, 1))])
    precision = np.linalg.inv(covariance) + decoder.T @ decoder / SIGMA**2
    seen = np.linalg.solve(covariance, mean) + decoder.T @ (X - C) / SIGMA**2
    return np.linalg.solve(precision, seen), np.linalg.inv(precision)


def after_steps(law, start, space, num_steps, step_size):
    """The law of z after K exact steps of the unadjusted chain on the Gaussian `law`, from z ~ the Gaussian `start`.

    In coordinates u with z = J u + constant, the chain is u − m ← (I − δ²/2 P)(u − m) + δ ε with P the precision there.
    """
    jacobian = np.eye(3) if space == "z" else JACOBIAN
    precision = jacobian.T @ np.linalg.inv(law[1]) @ jacobian
    contraction = np.eye(3) - 0.5 * step_size**2 * precision
    inverse = np.linalg.inv(jacobian)
    mean, covariance = inverse @ (start[0] - law[0]), inverse @ start[1] @ inverse.T
    for _ in range(num_steps):
        mean = contraction @ mean
        covariance = contraction @ covariance @ contraction.T + step_size**2 * np.eye(3)
    return law[0] + jacobian @ mean, jacobian @ covariance @ jacobian.T
