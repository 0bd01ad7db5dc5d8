"""How well images come back through their latents."""

import numpy as np
import tensorflow as tf

from jebm_tf import pictures
from jebm_tf.data.images import to_pixels
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.purposes import Purpose

_SHOWN = 32


def reconstruction(context: EvaluationContext, *, split: str = "test", num_images: int | None = 10_000) -> Result:
    """Error of decoded posterior samples, one for each image.

    Args:
      context: the model.
      split: of which images.
      num_images: at most so many, evenly spread over the split; None for all.
    """
    images = context.images(split).subsample(num_images)
    model = context.model

    def compute(x, seed):
        z = context.posterior_sampler.sample(model, x, seed)
        rebuilt = model.decode(z)
        error = tf.reduce_mean(tf.square(x - rebuilt), axis=(1, 2, 3))
        return {"mse": error, "log_likelihood": model.log_likelihood(x, z), "pixels": to_pixels(rebuilt)}

    found = context.over_images(context.for_images(compute), images.images, Purpose.RECONSTRUCTION)
    mse = found["mse"].astype(np.float64)
    numbers = {
        "mse": mse.mean(),
        "mse_standard_error": mse.std(ddof=1) / np.sqrt(len(mse)) if len(mse) > 1 else None,
        "psnr_db": (10.0 * np.log10(4.0 / mse)).mean(),
        "log_likelihood": found["log_likelihood"].astype(np.float64).mean(),
    }
    grid = pictures.grid(pictures.pairs(images.images[:_SHOWN], found["pixels"][:_SHOWN]), columns=16)
    return Result(
        numbers,
        {"images": describe(images), "mse_unit": "squared error per pixel and channel, pixels in [-1, 1]"},
        pictures={"pairs": Picture(grid, "Originals, each with its reconstruction on the right.")},
    )
