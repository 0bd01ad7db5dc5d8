"""State dicts of released NVAE code, by their names and shapes, and what the released code makes of them.

`released/NAME.tsv` lists a tiny net's tensors as its program registers them: name, shape, and the name of the parameter
that it is, where it stands under two. `released/NAME.npz` holds what that program computed on a CPU with the numbers of
`tensors`, for the latents' noise and the images of `inputs`: every so many of each layer's latents under p and q (top
first), of the decoder's output for both and of the image that it stands for; and log q, log p and log p(x | z) of the
images.
"""

import math
import zlib
from pathlib import Path

import numpy as np

from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.likelihood import PixelwiseGaussianLikelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood

FOLDER = Path(__file__).with_name("released")
STRIDES = {"latents": 37, "output": 211}
BATCH = 2

SIDES = {"nvae": 32, "nvae_adaptive": 32, "nvae_5_bits": 32, "vaebm": 32, "paper": 64}
SETTINGS = {
    "nvae": {"channels": 8, "groups": (3,), "latent_channels": 4, "flows": 1},
    "nvae_adaptive": {"channels": 8, "groups": (4, 2), "latent_channels": 4, "flows": 2},
    "nvae_5_bits": {"channels": 8, "groups": (2, 2), "latent_channels": 3, "halvings": 2, "cells": 1},
    "vaebm": {"channels": 8, "groups": (1, 1), "latent_channels": 4, "flows": 1},
    "paper": {"channels": 8, "groups": (1, 1, 1), "latent_channels": 4, "flows": 1},
}
LIKELIHOODS = {
    "nvae": LogisticMixtureLikelihood,
    "nvae_adaptive": PixelwiseGaussianLikelihood,
    "nvae_5_bits": lambda: LogisticMixtureLikelihood(bits=5),
    "vaebm": PixelwiseGaussianLikelihood,
    "paper": LogisticMixtureLikelihood,
}


def ours(name: str, **settings) -> NVAE:
    """Our net of that kind; `settings` replace its own."""
    return NVAE((SIDES[name], SIDES[name], 3), likelihood=LIKELIHOODS[name](), **{**SETTINGS[name], **settings})


def names_and_shapes(name: str) -> list[tuple[str, tuple[int, ...], str]]:
    """(tensor, shape, the parameter that it is if that has another name too) in the state dict's order."""
    rows = (line.split("\t") for line in (FOLDER / f"{name}.tsv").read_text().splitlines())
    return [(tensor, tuple(int(n) for n in shape.split("x") if n), again) for tensor, shape, again in rows]


def tensors(rows: list[tuple[str, tuple[int, ...], str]]) -> dict[str, np.ndarray]:
    """Numbers for a state dict, functions of each tensor's name alone, of the size that learned ones have."""
    return {name: _numbers(again or name, shape) for name, shape, again in rows}


def _numbers(name: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    if name.endswith("num_batches_tracked"):
        return np.array(3, np.int64)
    if name.endswith("running_var"):
        return rng.uniform(0.5, 2.0, shape).astype(np.float32)
    if name.endswith("weight") and len(shape) == 1:
        return (0.5 + 0.1 * rng.standard_normal(shape)).astype(np.float32)
    if name.endswith("weight"):
        return (rng.standard_normal(shape) / math.sqrt(np.prod(shape[1:]))).astype(np.float32)
    middle = -1.0 if name.endswith("log_weight_norm") else 0.0
    return (middle + 0.2 * rng.standard_normal(shape)).astype(np.float32)


def inputs(name: str, latent_shapes: list[tuple[int, int, int]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Images `[batch, channels, height, width]` in [0, 1] on inner levels, and noise of each layer, shaped as given."""
    rng = np.random.RandomState(1)
    top = 31 if name == "nvae_5_bits" else 255
    levels = rng.randint(2, top - 2, (BATCH, 3, SIDES[name], SIDES[name]))
    noise = [rng.standard_normal((BATCH, *shape)).astype(np.float32) for shape in latent_shapes]
    return (levels / top).astype(np.float32), noise
