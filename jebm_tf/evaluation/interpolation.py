"""What lies between two images, through the latent layers."""

import numpy as np
import tensorflow as tf

from jebm_tf import pictures
from jebm_tf.data.images import to_model, to_pixels
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.result import Picture, Result, Row
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents


def interpolation(context: EvaluationContext, *, split: str = "test", num_pairs: int = 6, num_steps: int = 9) -> Result:
    """Images between pairs of images: through all layers at once, and through one layer while the others stay.

    Both images are inferred, and ε with T(ε) = z turns from one to the other (White 2016) while its length changes
    linearly: a straight line would pass near 0, where samples of N(0, I) never are. The ends are the reconstructions.

    Args:
      context: the model.
      split: where the pairs come from.
      num_pairs: how many.
      num_steps: images in a row, both ends among them.

    Raises:
      UserError: the prior is no hierarchy of Gaussians.
    """
    model = context.model
    model.backbone.require_reparameterisation("interpolation")
    images = context.images(split).subsample(2 * num_pairs)
    x = to_model(tf.constant(np.asarray(images.images)))
    z = tf.function(
        lambda x: context.posterior_sampler.sample(model, x, context.root(Purpose.INTERPOLATION)), autograph=False
    )(x)
    noise = model.backbone.noise_of(z)
    begin, end = tuple(e[::2] for e in noise), tuple(e[1::2] for e in noise)
    everything = range(len(noise))
    rows, found = [], {}
    for name, moving in {"all layers": everything, **{f"z_{i + 1} alone": [i] for i in everything}}.items():
        between = _decoded(model, begin, end, moving, num_steps)
        rows.append({"moving": name, **_steps(between)})
        flat = np.concatenate([images.images[::2][:, None], between, images.images[1::2][:, None]], axis=1)
        found[name.replace(" ", "_")] = Picture(
            pictures.grid(flat.reshape(-1, *flat.shape[2:]), columns=flat.shape[1]),
            f"Through {name}: the two originals outside, their reconstructions and what lies between inside.",
        )
    numbers = {"largest_step_over_mean": rows[0]["largest_step_over_mean"]}
    return Result(numbers, {"images": describe(images), "steps": num_steps}, tables={"steps": rows}, pictures=found)


def _decoded(model, begin: Latents, end: Latents, moving, num_steps: int) -> np.ndarray:
    """uint8 `[pairs, steps, height, width, channels]`."""
    shares = np.linspace(0.0, 1.0, num_steps)
    paths = [
        tuple(slerp(a, b, share) if i in moving else a for i, (a, b) in enumerate(zip(begin, end, strict=True)))
        for share in shares
    ]
    return np.stack([to_pixels(model.decode(model.transform(noise))).numpy() for noise in paths], axis=1)


def slerp(a: tf.Tensor, b: tf.Tensor, share: float) -> tf.Tensor:
    """The point at `share` of the way from a to b, `[batch, dim]`, along the arc; its length changes linearly."""
    length_a, length_b = tf.norm(a, axis=-1, keepdims=True), tf.norm(b, axis=-1, keepdims=True)
    cosine = tf.reduce_sum(a * b, axis=-1, keepdims=True) / (length_a * length_b)
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    parallel = tf.sin(angle) < 1e-4  # there the arc is a straight line, or undefined
    sine = tf.where(parallel, 1.0, tf.sin(angle))
    direction = (tf.sin((1.0 - share) * angle) * a / length_a + tf.sin(share * angle) * b / length_b) / sine
    arc = ((1.0 - share) * length_a + share * length_b) * direction
    return tf.where(parallel, (1.0 - share) * a + share * b, arc)


def _steps(images: np.ndarray) -> Row:
    """Mean and largest change from one image of a row to the next, in 8-bit values."""
    steps = np.abs(np.diff(images.astype(np.float64), axis=1)).mean(axis=(2, 3, 4))
    mean = float(steps.mean())
    return {"mean_step": mean, "largest_step_over_mean": float(steps.max() / mean) if mean else None}
