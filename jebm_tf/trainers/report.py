"""The scalars that every trainer reports of its step: names in advance, values from the objective's terms."""

from collections.abc import Sequence

import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import MLETerms
from jebm_tf.types import Latents


def gap_name(head: str) -> str:
    """The scalar that holds E[f_i(z+)] − E[f_i(z−)] of a head."""
    return f"f/{head}/gap"


def energy_names(model: JointModel) -> list[str]:
    """The names of `energy_scalars`."""
    return [name for head in model.energy_names for name in (f"f/{head}/posterior", f"f/{head}/prior", gap_name(head))]


def energy_scalars(
    model: JointModel, f_posterior: Sequence[tf.Tensor], f_prior: Sequence[tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Means of each head's f at z+ and at z−, `[batch]` each, and their difference."""
    scalars: dict[str, tf.Tensor] = {}
    for head, posterior, prior in zip(model.energy_names, f_posterior, f_prior, strict=True):
        up, down = tf.reduce_mean(posterior), tf.reduce_mean(prior)
        scalars |= {f"f/{head}/posterior": up, f"f/{head}/prior": down, gap_name(head): up - down}
    return scalars


def learning_names(model: JointModel) -> list[str]:
    """The names of `learning_scalars`. Layers count from 1, at the bottom; a head on all of them is "all"."""
    layers = range(1, len(model.dims) + 1)
    if not model.energies:
        priors = [f"log_prior/{i}/posterior" for i in layers]
    else:
        priors = [f"log_prior/{i}/{kind}" for i in layers for kind in ("posterior", "prior")]
        priors += energy_names(model)
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
    scalars |= energy_scalars(model, terms.f_posterior, terms.f_prior)
    for i, (_, scale) in enumerate(model.backbone.conditionals(z_posterior)[:-1], start=1):
        ranges = {"min": tf.reduce_min, "mean": tf.reduce_mean, "max": tf.reduce_max}
        scalars |= {f"sigma/{i}/{kind}": mean(reduce(scale, axis=-1)) for kind, reduce in ranges.items()}
    return scalars
