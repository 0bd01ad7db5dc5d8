"""The terms of log p(x, z): what a picture's score is made of."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, Seed

_PROPOSALS, _NORMALIZER = 1000, 0x1061  # for the estimates of log Z_i(z_{i+1}); keeps their noise apart from others


def density_terms(model: JointModel, x: tf.Tensor, z: Latents, seed: Seed) -> dict[str, tf.Tensor]:
    """The terms of log p(x, z) up to the prior's normalising constant, each `[batch]`, in nats.

    Args:
      x: images `[batch, height, width, channels]` in [−1, 1].
      z: latents of as many.
      seed: for the estimates of log Z_i(z_{i+1}).

    Returns:
      `log_likelihood`, `log_prior_i` and `f_i` for each layer i from 1 at the bottom, and with conditional tilting
      `minus_log_z_i` (estimated). Their sum is log p(x, z).
    """
    return {"log_likelihood": model.log_likelihood(x, z), **prior_terms(model, z, seed)}


def prior_terms(model: JointModel, z: Latents, seed: Seed) -> dict[str, tf.Tensor]:
    """The terms of log p(z) among `density_terms`."""
    terms = {f"log_prior_{i}": term for i, term in enumerate(model.backbone.log_prior_terms(z), start=1)}
    terms |= {f"f_{name}": term for name, term in zip(model.energy_names, model.f_terms(z), strict=True)}
    if model.tilting == "conditional":
        seed = seeds.fold(seed, _NORMALIZER)
        with seeds.rows_after(0):  # proposals are shared by all of a batch, whichever part of it is computed
            noise = tuple(seeds.normal([_PROPOSALS, dim], seeds.fold(seed, i)) for i, dim in enumerate(model.dims))
        terms |= {f"minus_log_z_{i}": -log_z for i, log_z in enumerate(model.log_normalizers(z, noise), start=1)}
    return terms
