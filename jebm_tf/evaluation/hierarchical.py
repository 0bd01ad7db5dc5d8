"""What each layer of latents decides about a picture (Fig. 6)."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import tensorflow as tf

from jebm_tf import pictures, seeds
from jebm_tf.chains.partial import resample_layers
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.data.images import to_pixels
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.classifier import trained_classifier
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.result import Picture, Result, Row
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_SCALE_IMAGES = 1000
_SAMPLES, _GAUSSIAN, _LAYERS = 0, 1, 2  # what the task's seed is split for


def hierarchical(
    context: EvaluationContext,
    *,
    num_images: int = 64,
    num_variants: int = 8,
    num_shown: int = 4,
    layers: Sequence[int] | None = None,
    network: FeatureNetwork | Literal["classifier"] | None = "classifier",
) -> Result:
    """Holds all layers of a sample and draws one of them anew, layer by layer.

    In ε-space: a layer's ε is drawn anew given all others', by a chain on the joint EBM prior or, beside it, from the
    Gaussian prior for samples of that prior; the layers below follow through z = T(ε).

    Args:
      context: the model.
      num_images: samples to vary.
      num_variants: of each.
      num_shown: how many of the samples are drawn in the pictures.
      layers: which to draw anew, from 1 at the bottom; all unless given. Each costs a chain for every variant.
      network: to measure change in features too: "classifier" is the one that `fid_small` trains, where the data have
        labels; None for pixels alone.

    Raises:
      UserError: the prior is no hierarchy of Gaussians, or has no such layer.
    """
    model = context.model
    model.backbone.require_reparameterisation("hierarchical")
    layers = context.layers(layers, "hierarchical.layers", last=len(model.dims))
    if network == "classifier":
        network = _classifier(context)
    scale = None if network is None else _spread(network, context)
    root = context.root(Purpose.HIERARCHICAL)
    sampler = context.prior_sampler.layer_sampler
    priors = {
        "EBM prior": (sampler, model.backbone.noise_of(_sample(context, num_images, root))),
        "Gaussian prior": (PriorChain(num_steps=0), _standard(model, num_images, seeds.fold(root, _GAUSSIAN))),
    }
    rows, found = [], {}
    for name, (settings, noise) in priors.items():
        held = to_pixels(model.decode(model.transform(noise))).numpy()
        draw = _redraw(settings, model, noise)
        for layer in context.progress(layers, len(layers), f"layer, {name}"):
            seed = seeds.fold(root, _LAYERS, layer - 1)
            variants = [draw(tf.constant(layer - 1), seeds.fold(seed, i)).numpy() for i in range(num_variants)]
            images = np.stack([held, *variants], axis=1)
            rows.append({"prior": name, "layer": layer, **change(images, network, scale)})
            found[f"{name.split()[0].lower()}_z_{layer}"] = _picture(images[:num_shown], name, layer)
    numbers = {f"{row['prior'].split()[0]}/z_{row['layer']}/pixel_change": row["pixel_change"] for row in rows}
    protocol = {
        "images": num_images,
        "variants": num_variants,
        "layer_chain": sampler.describe(),
        "pixel_change": "mean absolute difference from the held sample, 8-bit values",
        "feature_change": "mean Euclidean distance, over the root of the data's total variance",
        "feature_network": None if network is None else network.describe(),
    }
    return Result(numbers, protocol, tables={"change": rows}, pictures=found)


def _classifier(context: EvaluationContext) -> FeatureNetwork | None:
    train = context.images("train")
    if train.labels is None:
        return None
    return trained_classifier(train, context.images("test"), context.cache, progress=context.progress)[0]


def _sample(context: EvaluationContext, number: int, root: Seed) -> Latents:
    draw = tf.function(lambda seed: context.prior_sampler.sample(context.model, number, seed), autograph=False)
    return draw(seeds.fold(root, _SAMPLES))


def _standard(model, number: int, seed: Seed) -> Latents:
    return tuple(seeds.normal([number, dim], seeds.fold(seed, i)) for i, dim in enumerate(model.dims))


def _redraw(sampler: PriorSampler, model: JointModel, noise: Latents) -> Callable:
    """A function (layer, seed) → the samples with that layer drawn anew, uint8 `[images, height, width, channels]`."""

    @tf.function(autograph=False)
    def draw(layer, seed):
        moving = tf.equal(tf.range(len(noise)), layer)
        return to_pixels(model.decode(resample_layers(sampler, model, noise, moving, seed)))

    return draw


def _spread(network: FeatureNetwork, context: EvaluationContext) -> float:
    """The root of the total variance of features of test images."""
    features = network.features(context.images("test").subsample(_SCALE_IMAGES).images).activations
    return float(np.sqrt(features.astype(np.float64).var(axis=0).sum()))


def change(images: np.ndarray, network: FeatureNetwork | None = None, scale: float | None = None) -> Row:
    """How far variants are from their held samples, in 8-bit values and in features.

    Args:
      images: uint8 `[images, 1 + variants, height, width, channels]`, the held sample first.
      network: gives the features; None leaves them out.
      scale: what distances of features are divided by.
    """
    values = images.astype(np.float64)
    row: Row = {"pixel_change": float(np.abs(values[:, 1:] - values[:, :1]).mean())}
    if network is not None:
        flat = network.features(images.reshape(-1, *images.shape[2:])).activations.astype(np.float64)
        found = flat.reshape(*images.shape[:2], -1)
        moved = np.sqrt(np.square(found[:, 1:] - found[:, :1]).sum(axis=-1)).mean()
        row["feature_change"] = float(moved / scale) if scale else None
    return row


def _picture(images: np.ndarray, name: str, layer: int) -> Picture:
    grid = pictures.grid(images.reshape(-1, *images.shape[2:]), columns=images.shape[1])
    return Picture(grid, f"{name}: the held sample on the left, then with z_{layer} drawn anew.")
