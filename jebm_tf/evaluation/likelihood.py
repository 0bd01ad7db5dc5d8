"""log p(x) under the joint EBM prior, by annealed importance sampling, with the prior's normalising constant."""

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from jebm_tf import charts, seeds
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.data.images import to_model
from jebm_tf.errors import UserError
from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.evaluation.subject import Subject, describe, spread
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.objectives.density import density_terms
from jebm_tf.samplers.integral import Annealing, Bracket, log_integral
from jebm_tf.types import Latents, LogDensity, Seed

_PURPOSE = 0xA15
_PRIOR, _IMAGES = range(2)  # what the task's seed is split for
_ELBO, _ELBO_SAMPLES = 0xE1B0, 20
_BATCH = 16  # images at once


def likelihood(
    subject: Subject,
    *,
    split: str = "test",
    num_images: int = 64,
    num_chains: int = 8,
    num_temperatures: int = 1000,
    num_prior_chains: int = 512,
    num_prior_temperatures: int = 1000,
    leapfrog_steps: int = 10,
) -> Result:
    """Mean log p(x) = log ∫ p(x|z) exp[f(z)] p_β>0(z) dz − log Z over images, with Z = ∫ exp[f(z)] p_β>0(z) dz.

    Both integrals are taken in ε-space, by chains annealed from N(0, I) to the target and back, which bracket each, see
    `log_integral`.

    Args:
      subject: the model.
      split: of which images.
      num_images: evenly spread over the split.
      num_chains: for each image.
      num_temperatures: transitions on the way.
      num_prior_chains, num_prior_temperatures: the same for log Z.
      leapfrog_steps: of each transition.

    Raises:
      UserError: the prior is not one that this can integrate.
    """
    model = subject.model
    if model.tilting == "conditional" or not isinstance(model.prior, GaussianPrior):
        raise UserError("likelihood: needs a GaussianPrior with joint tilting, or with no energies")
    images = spread(subject.images(split), num_images)
    root = subject.root(_PURPOSE)
    for_prior = Annealing(num_prior_chains, num_prior_temperatures, leapfrog_steps)
    log_z = _log_normalizer(subject, for_prior, seeds.fold(root, _PRIOR))
    bracket = _over_images(subject, images.images, Annealing(num_chains, num_temperatures, leapfrog_steps), root)
    best = bracket.low - log_z.low
    numbers = _numbers(bracket, log_z) | _elbo(subject, images.images, log_z.low[0])
    protocol = {
        "images": describe(images),
        "chains": num_chains,
        "temperatures": num_temperatures,
        "prior_chains": num_prior_chains if model.energies else 0,
        "prior_temperatures": num_prior_temperatures if model.energies else 0,
        "leapfrog_steps": leapfrog_steps,
        "unit": f"nats per image; {type(model.likelihood).__name__} on pixels in [-1, 1], z integrated out",
        "headline": "chains forth for both integrals",
    }
    chart = charts.histograms({"log p(x)": best}, xlabel="log p(x), nats")
    return Result(
        numbers,
        protocol,
        curves={"log_likelihood": best.tolist()},
        pictures={"histogram": Picture(chart, "log p(x) over the images.")},
    )


def _numbers(bracket: Bracket, log_z: Bracket) -> dict[str, float | None]:
    best = bracket.low - log_z.low
    return {
        "log_likelihood": best.mean(),
        "log_likelihood_low": (bracket.low - log_z.high).mean(),
        "log_likelihood_high": (bracket.high - log_z.low).mean(),
        "standard_error_over_images": best.std(ddof=1) / math.sqrt(len(best)) if len(best) > 1 else None,
        "log_z_low": log_z.low[0],
        "log_z_high": log_z.high[0],
        "acceptance": bracket.acceptance,
    }


def _log_normalizer(subject: Subject, annealing: Annealing, seed: Seed) -> Bracket:
    """log Z; exactly 0 without energies."""
    model = subject.model
    if not model.energies:
        return Bracket(np.zeros(1), np.zeros(1), 1.0)
    tilt = _pulled_back(model.transform, model.f)
    run = tf.function(lambda seed: log_integral(tilt, model.dims, 1, annealing, seed))
    (found,) = [run(seed) for _ in subject.progress(range(1), 1, "normalising constant")]
    return _numpy(found)


def _over_images(subject: Subject, images: np.ndarray, annealing: Annealing, root: Seed) -> Bracket:
    model = subject.model

    @tf.function(input_signature=[tf.TensorSpec((None, *images.shape[1:]), tf.uint8), tf.TensorSpec([2], tf.int32)])
    def run(pixels, seed):
        x = tf.repeat(to_model(pixels), annealing.chains, axis=0)
        tilt = _pulled_back(model.transform, lambda z: model.log_likelihood(x, z) + model.f(z))
        return log_integral(tilt, model.dims, tf.shape(pixels)[0], annealing, seed)

    starts = range(0, len(images), _BATCH)
    found = [
        _numpy(run(images[start : start + _BATCH], seeds.fold(root, _IMAGES, start)))
        for start in subject.progress(starts, len(starts), f"images, x{_BATCH}")
    ]
    low, high, acceptance = zip(*found, strict=True)
    return Bracket(np.concatenate(low), np.concatenate(high), float(np.mean(acceptance)))


def _pulled_back(transform: Callable[[Latents], Latents], tilt: LogDensity) -> LogDensity:
    return lambda noise: tilt(transform(noise))


def _numpy(bracket: Bracket) -> Bracket:
    low, high, acceptance = (np.asarray(value, np.float64) for value in bracket)
    return Bracket(low, high, float(acceptance))


def _elbo(subject: Subject, images: np.ndarray, log_z: float) -> dict[str, float]:
    """E_q[log p(x, z) − log q(z | x)] − log Z, a lower bound to compare with; nothing without an inference network."""
    if not isinstance(subject.posterior, InferenceSampler):
        return {}

    def compute(x, seed):
        inferred = subject.posterior.infer(subject.model, x, seed)
        terms = density_terms(subject.model, x, inferred.z, seed).values()
        return {"elbo": tf.add_n([*terms, *(-term for term in inferred.log_prob_terms)])}

    draws = [subject.over_images(compute, images, _ELBO + i)["elbo"] for i in range(_ELBO_SAMPLES)]
    return {"elbo": float(np.mean(draws, dtype=np.float64)) - log_z}
