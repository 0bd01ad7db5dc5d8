"""Scores of single images: L^{>k} (Eq. 20) and all that it is made of."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.partial import resample_layers
from jebm_tf.chains.prior import PriorChain
from jebm_tf.evaluation.subject import Subject
from jebm_tf.objectives.density import density_terms
from jebm_tf.types import Latents, Seed

_INFER, _TERMS, _CHAIN, _BACKBONE = range(4)  # what a batch's seed is split for
_GAUSSIAN = PriorChain(num_steps=0)  # no steps: layers drawn from p_β>0
_SAMPLE = 0x5C02E

Scores = dict[str, np.ndarray]
"""Numbers by name, each `[images]`, higher for images that the model takes for its own."""


def image_scores(subject: Subject, images: np.ndarray, num_samples: int, *, above: Sequence[int] = ()) -> Scores:
    """Scores of uint8 images, each the mean over `num_samples` samples of q(z | x), or of the posterior chain.

    Returns:
      "L>0" = log p(x|z) + log p_β>0(z) + Σ f_i(z_i) (with conditional tilting less Σ log Z_i), "Gaussian L>0" without
      the energies, and every term by itself: "log p(x|z)", "log p(z_i)" given the layer above, "f_i", "log q(z_i)"
      where there is an inference network, "-squared error". For every k of `above`, between 1 and L − 1, also "L>k",
      where layers up to k are drawn anew from the joint prior given the inferred ones above, "Gaussian L>k", where they
      are from p_β>0, and the negated likelihood ratios "-LLR>k" = L>k − L>0 (Eq. 21) and "Gaussian -LLR>k".
    """
    step = subject.for_images(_compute(subject, above))
    draws = [
        subject.over_images(step, images, _SAMPLE + i, f"posterior sample {i + 1} of {num_samples}, batch")
        for i in range(num_samples)
    ]
    scores = {name: np.mean([draw[name] for draw in draws], axis=0, dtype=np.float64) for name in draws[0]}
    for prior in ("", "Gaussian "):
        ratios = {
            name.replace("L>", "-LLR>"): scores[name] - scores[f"{prior}L>0"]
            for name in scores
            if name.startswith(f"{prior}L>") and name != f"{prior}L>0"
        }
        scores |= ratios
    return scores


def _compute(subject: Subject, above: Sequence[int]) -> Callable[[tf.Tensor, Seed], dict[str, tf.Tensor]]:
    model = subject.model

    def compute(x: tf.Tensor, seed: Seed) -> dict[str, tf.Tensor]:
        z, log_q = _infer(subject, x, seeds.fold(seed, _INFER))
        terms = density_terms(model, x, z, seeds.fold(seed, _TERMS))
        found = {"L>0": _total(terms), "Gaussian L>0": _backbone(terms)}
        if above:
            found |= _drawn_anew(subject, x, z, above, seed)
        error = tf.reduce_mean(tf.square(x - model.decode(z)), axis=(1, 2, 3))
        return found | {_shown(name): term for name, term in terms.items()} | log_q | {"-squared error": -error}

    return compute


def _drawn_anew(subject: Subject, x: tf.Tensor, z: Latents, above: Sequence[int], seed: Seed) -> dict[str, tf.Tensor]:
    """L>k and Gaussian L>k of every k: a loop in the graph, so that one chain is compiled for all."""
    model, chain = subject.model, subject.layer_chain
    noise = model.backbone.noise_of(z)

    def at(k: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        lower, terms_seed = tf.range(len(noise)) < k, seeds.fold(seed, _TERMS, k)
        drawn = resample_layers(chain, model, noise, lower, seeds.fold(seed, _CHAIN, k))
        total = _total(density_terms(model, x, drawn, terms_seed))
        drawn = resample_layers(_GAUSSIAN, model, noise, lower, seeds.fold(seed, _BACKBONE, k))
        return total, _backbone(density_terms(model, x, drawn, terms_seed))

    joint, gaussian = tf.map_fn(at, tf.constant(above), fn_output_signature=(tf.float32,) * 2, parallel_iterations=1)
    found = {f"L>{k}": values for k, values in zip(above, tf.unstack(joint, num=len(above)), strict=True)}
    return found | {f"Gaussian L>{k}": v for k, v in zip(above, tf.unstack(gaussian, num=len(above)), strict=True)}


def _infer(subject: Subject, x: tf.Tensor, seed: Seed) -> tuple[Latents, dict[str, tf.Tensor]]:
    if not isinstance(subject.posterior, InferenceSampler):
        return subject.posterior.sample(subject.model, x, seed), {}
    inferred = subject.posterior.infer(subject.model, x, seed)
    return inferred.z, {f"log q(z_{i})": term for i, term in enumerate(inferred.log_prob_terms, start=1)}


def _shown(term: str) -> str:
    """How tables call a term of `density_terms`."""
    if term == "log_likelihood":
        return "log p(x|z)"
    layer = term.rsplit("_", 1)[1]
    if term.startswith("log_prior_"):
        return f"log p(z_{layer})"
    return f"-log Z_{layer}" if term.startswith("minus_log_z_") else f"f_{layer}"


def _total(terms: dict[str, tf.Tensor]) -> tf.Tensor:
    return tf.add_n(list(terms.values()))


def _backbone(terms: dict[str, tf.Tensor]) -> tf.Tensor:
    return tf.add_n([term for name, term in terms.items() if name.startswith("log_")])
