"""The scalars that every trainer reports of its step: names in advance, values from the objective's terms."""

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import MLETerms
from jebm_tf.types import Latents


def learning_names(model: JointModel) -> list[str]:
    """The names of `learning_scalars`. Layers count from 1, at the bottom; a head on all of them is "all"."""
    layers = range(1, len(model.dims) + 1)
    if not model.energies:
        priors = [f"log_prior/{i}/posterior" for i in layers]
    else:
        priors = [f"log_prior/{i}/{kind}" for i in layers for kind in ("posterior", "prior")]
        priors += [f"f/{name}/{kind}" for name in model.energy_names for kind in ("posterior", "prior", "gap")]
    scales = [f"sigma/{i}/{kind}" for i in layers[:-1] for kind in ("min", "mean", "max")]
    return ["surrogate", "log_likelihood", "mse", *priors, *scales]


def learning_scalars(model: JointModel, terms: MLETerms, z_posterior: Latents) -> dict[str, tf.Tensor]:
    """Means over this replica's batch of the terms, of the gaps of f, and of σ of p(z_i | z_{i+1}) at z+.

    σ is reduced over a layer's axes (min, mean, max) before it is averaged over examples, so that replicas add up.
    """
    mean = tf.reduce_mean
    scalars = {
        "surrogate": mean(terms.surrogate),
        "log_likelihood": mean(terms.log_likelihood),
        "mse": mean(terms.squared_error),
    }
    for kind, layers in {"posterior": terms.log_prior_posterior, "prior": terms.log_prior_prior}.items():
        scalars |= {f"log_prior/{i}/{kind}": mean(term) for i, term in enumerate(layers, start=1)}
    for name, posterior, prior in zip(model.energy_names, terms.f_posterior, terms.f_prior, strict=True):
        values = {"posterior": mean(posterior), "prior": mean(prior), "gap": mean(posterior) - mean(prior)}
        scalars |= {f"f/{name}/{kind}": value for kind, value in values.items()}
    for i, (_, scale) in enumerate(model.backbone.conditionals(z_posterior)[:-1], start=1):
        ranges = {"min": tf.reduce_min, "mean": tf.reduce_mean, "max": tf.reduce_max}
        scalars |= {f"sigma/{i}/{kind}": mean(reduce(scale, axis=-1)) for kind, reduce in ranges.items()}
    return scalars
