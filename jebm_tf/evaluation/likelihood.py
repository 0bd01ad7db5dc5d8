"""log p(x) under the joint EBM prior, by annealed importance sampling, with the prior's normalising constant."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from jebm_tf import charts, seeds
from jebm_tf.data.images import to_model
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.samplers.integral import Annealing, Bracket, log_integral
from jebm_tf.types import Latents, LogDensity, Seed

_PRIOR, _IMAGES, _LATENTS, _PIXELS, _SIMULATED = range(5)  # what the task's seed is split for
_ELBO_SAMPLES = 20
_BATCH = 16  # images at once


def likelihood(
    context: EvaluationContext,
    *,
    split: str = "test",
    num_images: int = 64,
    num_simulated: int = 8,
    num_chains: int = 8,
    num_temperatures: int = 1000,
    num_prior_chains: int = 512,
    num_prior_temperatures: int = 1000,
    leapfrog_steps: int = 10,
) -> Result:
    """Mean log p(x) = log ∫ p(x|z) exp[f(z)] p_β>0(z) dz − log Z over images, with Z = ∫ exp[f(z)] p_β>0(z) dz.

    Both integrals are taken in ε-space, by chains annealed from N(0, I) to the target and back, see `log_integral`. The
    headline errs on the low side: the images' integral from below less log Z from above.

    Args:
      context: the model.
      split: of which images.
      num_images: evenly spread over the split.
      num_simulated: images that the model draws itself, whose latents are therefore known: there the two estimates of
        the images' integral bracket it without reserve, but for what the run's own prior sampler falls short by. The
        gap shows whether the number of temperatures is enough.
      num_chains: for each image.
      num_temperatures: transitions on the way.
      num_prior_chains, num_prior_temperatures: the same for log Z.
      leapfrog_steps: of each transition.

    Raises:
      UserError: the prior is not one that this can integrate.
    """
    model = context.model
    model.backbone.require_reparameterisation("likelihood")
    _require_joint(model)
    images = context.images(split).subsample(num_images)
    root = context.root(Purpose.LIKELIHOOD)
    for_prior = Annealing(num_prior_chains, num_prior_temperatures, leapfrog_steps)
    log_z = _log_normalizer(context, for_prior, seeds.fold(root, _PRIOR))
    annealing = Annealing(num_chains, num_temperatures, leapfrog_steps)
    found = _over_images(context, to_model(np.asarray(images.images)), annealing, seeds.fold(root, _IMAGES))
    low = found.low - log_z.high
    numbers = _numbers(found, log_z) | _elbo(context, np.asarray(images.images), log_z.high[0])
    if num_simulated:
        numbers["gap_on_simulated"] = _simulated_gap(context, num_simulated, annealing, root)
    settings = {"simulated": num_simulated, "image_chains": annealing._asdict(), "prior_chains": for_prior._asdict()}
    chart = charts.histograms({"log p(x)": low}, xlabel="log p(x), nats")
    return Result(
        numbers,
        {"images": describe(images), **settings, **_meaning(context)},
        curves={"log_likelihood": low.tolist()},
        pictures={"histogram": Picture(chart, "log p(x) over the images.")},
        notes=_notes(context),
    )


def _require_joint(model: JointModel) -> None:
    try:
        model.tilting.require_joint("likelihood")
    except ValueError as error:
        raise UserError(str(error)) from error


def _meaning(context: EvaluationContext) -> dict[str, str]:
    density = type(context.model.backbone.likelihood).__name__
    return {
        "unit": f"nats per image; {density} on pixels in [-1, 1], z integrated out",
        "headline": "low: the images' integral by chains forth, less log Z by chains back",
    }


def _notes(context: EvaluationContext) -> tuple[str, ...]:
    caveat = context.model.backbone.likelihood.caveat
    return (f"likelihood: {caveat}",) if caveat else ()


def _numbers(images: Bracket, log_z: Bracket) -> dict[str, float | None]:
    low = images.low - log_z.high
    return {
        "log_likelihood": low.mean(),
        "log_likelihood_high": (images.high - log_z.low).mean(),
        "standard_error_over_images": low.std(ddof=1) / math.sqrt(len(low)) if len(low) > 1 else None,
        "log_z_low": log_z.low[0],
        "log_z_high": log_z.high[0],
        "effective_chains": images.effective_chains.mean(),
        "effective_prior_chains": log_z.effective_chains[0],
        "least_acceptance": images.acceptance.min(),
        "least_prior_acceptance": log_z.acceptance.min(),
    }


def _log_normalizer(context: EvaluationContext, annealing: Annealing, seed: Seed) -> Bracket:
    """log Z; exactly 0 without energies."""
    model = context.model
    if not model.energies:
        return Bracket(np.zeros(1), np.zeros(1), np.ones(1), np.ones(1))
    tilt = _pulled_back(model.transform, model.f)
    run = tf.function(lambda seed: log_integral(tilt, model.dims, 1, annealing, seed), autograph=False)
    return _joined([run(seed) for _ in context.progress(range(1), 1, "normalising constant")])


def _over_images(
    context: EvaluationContext, images: tf.Tensor, annealing: Annealing, seed: Seed, noise: Latents | None = None
) -> Bracket:
    """log ∫ p(x|z) exp[f(z)] p_β>0(z) dz for every image; `noise` holds ε's that are samples of the posteriors."""
    model = context.model

    def of(x: tf.Tensor, seed: Seed, exact: Latents | None) -> Bracket:
        repeated = tf.repeat(x, annealing.chains, axis=0)
        tilt = _pulled_back(model.transform, lambda z: model.log_likelihood(repeated, z) + model.f(z))
        return log_integral(tilt, model.dims, tf.shape(x)[0], annealing, seed, exact=exact)

    run = tf.function(of, reduce_retracing=True, autograph=False)
    starts = range(0, len(images), _BATCH)
    found = []
    for start in context.progress(starts, len(starts), f"images, x{_BATCH}"):
        rows = slice(start, start + _BATCH)
        exact = None if noise is None else tuple(e[rows] for e in noise)
        found.append(run(images[rows], seeds.fold(seed, start), exact))
    return _joined(found)


def _simulated_gap(context: EvaluationContext, number: int, annealing: Annealing, root: Seed) -> float:
    """Mean over simulated images of what lies between the two estimates of their integral."""
    model = context.model
    draw = tf.function(lambda seed: context.prior_sampler.sample(model, number, seed), autograph=False)
    z = draw(seeds.fold(root, _LATENTS))
    x = model.backbone.likelihood.sample(model.backbone.decoder_output(z), seeds.fold(root, _PIXELS))
    bracket = _over_images(context, x, annealing, seeds.fold(root, _SIMULATED), model.backbone.noise_of(z))
    return float((bracket.high - bracket.low).mean())


def _pulled_back(transform: Callable[[Latents], Latents], tilt: LogDensity) -> LogDensity:
    return lambda noise: tilt(transform(noise))


def _joined(brackets: Sequence[Bracket]) -> Bracket:
    return Bracket(*(np.concatenate([np.atleast_1d(part) for part in parts]) for parts in zip(*brackets, strict=True)))


def _elbo(context: EvaluationContext, images: np.ndarray, log_z: float) -> dict[str, float]:
    """E_q[log p(x, z) − log q(z | x)] − log Z with log Z from above; nothing without an inference network."""
    if not context.posterior_sampler.has_density:
        return {}

    def compute(x, seed):
        z, log_q = context.posterior_sampler.sample_with_log_q(context.model, x, seed)
        terms = context.model.density_terms(x, z, seed).named().values()
        return {"elbo": tf.add_n([*terms, *(-term for term in log_q)])}

    step = context.for_images(compute)
    draws = [context.over_images(step, images, Purpose.LIKELIHOOD_ELBO + i)["elbo"] for i in range(_ELBO_SAMPLES)]
    return {"elbo": float(np.mean(draws, dtype=np.float64)) - log_z}
