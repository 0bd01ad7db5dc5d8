"""Scores of single images: L^{>k} (Eq. 20) and all that it is made of."""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.partial import resample_layers
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PosteriorSampler
from jebm_tf.data.mapped_images import Pixels
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.models.joint import JointModel
from jebm_tf.models.terms import DensityTerms
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_INFER, _TERMS, _CHAIN, _BACKBONE = range(4)  # what a batch's seed is split for
_GAUSSIAN = PriorChain(num_steps=0)  # no steps: layers drawn from p_β>0


class Kind(enum.Enum):
    """What a score is."""

    TOTAL = "L^{>k} under the joint prior (Eq. 20)"
    RATIO = "−LLR^{>k} under the joint prior (Eq. 21)"
    GAUSSIAN = "the same without the energies"
    LIKELIHOOD = "log p(x | z)"
    ENERGY = "a term f_i"
    TERM = "another term of log p(x, z), or of log q"
    BASELINE = "something that knows no latents' density"


class Scores(Mapping[str, np.ndarray]):
    """Numbers by name, each `[images]`, higher for images that the model takes for its own.

    Names are for people; what is behind one is its `kind`.
    """

    def __init__(self) -> None:
        self._values: dict[str, np.ndarray] = {}
        self._kinds: dict[str, Kind] = {}
        self._negated: dict[str, str] = {}

    def add(self, name: str, kind: Kind, values: np.ndarray, *, negated: str | None = None) -> None:
        """Adds a score; `negated` is what its negative is called, "-NAME" unless given."""
        self._values[name], self._kinds[name] = values, kind
        self._negated[name] = f"-{name}" if negated is None else negated

    def kind(self, name: str) -> Kind:
        """What a score is."""
        return self._kinds[name]

    def negated(self, name: str) -> str:
        """What the negative of a score is called."""
        return self._negated[name]

    def __getitem__(self, name: str) -> np.ndarray:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class PosteriorDraw(NamedTuple):
    """What one posterior sample of each image gives.

    Attributes:
      z: the sample.
      terms: of log p(x, z).
      log_q: log q(z_i | x, ...) of each layer, `[batch]`; empty where there is no inference network.
      squared_error: of the decoded sample, mean over pixels and channels in [−1, 1], `[batch]`.
    """

    z: Latents
    terms: DensityTerms
    log_q: tuple[tf.Tensor, ...]
    squared_error: tf.Tensor


def posterior_draw(model: JointModel, posterior: PosteriorSampler, x: tf.Tensor, seed: Seed) -> PosteriorDraw:
    """One sample of z given each image of `x`, in [−1, 1], and all that scores are made of."""
    z, log_q = posterior.sample_with_log_q(model, x, seeds.fold(seed, _INFER))
    terms = model.density_terms(x, z, seeds.fold(seed, _TERMS))
    return PosteriorDraw(z, terms, log_q, tf.reduce_mean(tf.square(x - model.decode(z)), axis=(1, 2, 3)))


class _Draw(NamedTuple):
    """The same without the sample, `[batch]` each, and L^{>k} by k."""

    total: dict[int, tf.Tensor]
    gaussian: dict[int, tf.Tensor]
    terms: DensityTerms
    log_q: tuple[tf.Tensor, ...]
    squared_error: tf.Tensor


class ImageScorer:
    """Scores uint8 images, each the mean over samples of q(z | x), or of the posterior chain; traced once.

    Args:
      context: the model.
      num_samples: of the posterior, for each image.
      above: the k besides 0, between 1 and L − 1.
    """

    def __init__(self, context: EvaluationContext, num_samples: int, *, above: Sequence[int] = ()):
        self._context = context
        self._num_samples = num_samples
        self._step = score_step(context, above)

    def __call__(self, images: Pixels, first: int = 0) -> Scores:
        """The scores of images whose first one is number `first` of a longer row, a multiple of `BLOCK`.

        Returns:
          "L>0" = log p(x|z) + log p_β>0(z) + Σ f_i(z_i) (with conditional tilting less Σ log Z_i), "Gaussian L>0"
          without the energies, and every term by itself: "log p(x|z)", "log p(z_i)" given the layer above, "f" and each
          "f_i", "log q(z_i)" where there is an inference network, "-squared error". For every k of `above` also "L>k",
          where layers up to k are drawn anew from the joint prior given the inferred ones above, "Gaussian L>k", where
          they are from p_β>0, and the negated likelihood ratios "-LLR>k" = L>k − L>0 (Eq. 21) and "Gaussian -LLR>k".
        """
        draws = [
            self._context.over_images(
                self._step,
                images,
                Purpose.SCORES + i,
                f"posterior sample {i + 1} of {self._num_samples}, batch",
                first=first,
            )
            for i in range(self._num_samples)
        ]
        return _named(tf.nest.map_structure(lambda *values: np.mean(values, axis=0, dtype=np.float64), *draws))


def image_scores(context: EvaluationContext, images: Pixels, num_samples: int, *, above: Sequence[int] = ()) -> Scores:
    """What an `ImageScorer` says of all images at once."""
    return ImageScorer(context, num_samples, above=above)(images)


def score_step(context: EvaluationContext, above: Sequence[int] = ()) -> Callable:
    """What gives one posterior sample's scores of each image, as `EvaluationContext.over_images` calls it."""
    return context.for_images(_compute(context, above))


def _named(draw: _Draw) -> Scores:
    scores = Scores()
    scores.add("L>0", Kind.TOTAL, draw.total[0])
    scores.add("Gaussian L>0", Kind.GAUSSIAN, draw.gaussian[0])
    above = [k for k in draw.total if k]
    for k in above:
        scores.add(f"L>{k}", Kind.TOTAL, draw.total[k])
    for k in above:
        scores.add(f"Gaussian L>{k}", Kind.GAUSSIAN, draw.gaussian[k])
    scores.add("log p(x|z)", Kind.LIKELIHOOD, draw.terms.log_likelihood)
    for i, term in enumerate(draw.terms.prior.log_prior, start=1):
        scores.add(f"log p(z_{i})", Kind.TERM, term)
    energies = draw.terms.prior.f
    if energies:
        scores.add("f", Kind.ENERGY, np.sum(list(energies.values()), axis=0))
    for name, term in energies.items():
        scores.add(f"f_{name}", Kind.ENERGY, term)
    for i, term in enumerate(draw.terms.prior.log_normalizers, start=1):
        scores.add(f"-log Z_{i}", Kind.TERM, -term, negated=f"log Z_{i}")
    for i, term in enumerate(draw.log_q, start=1):
        scores.add(f"log q(z_{i})", Kind.TERM, term)
    scores.add("-squared error", Kind.BASELINE, -draw.squared_error, negated="squared error")
    for k in above:
        scores.add(f"-LLR>{k}", Kind.RATIO, draw.total[k] - draw.total[0], negated=f"LLR>{k}")
    for k in above:
        ratio = draw.gaussian[k] - draw.gaussian[0]
        scores.add(f"Gaussian -LLR>{k}", Kind.GAUSSIAN, ratio, negated=f"Gaussian LLR>{k}")
    return scores


def _compute(context: EvaluationContext, above: Sequence[int]) -> Callable[[tf.Tensor, Seed], _Draw]:
    model = context.model

    def compute(x: tf.Tensor, seed: Seed) -> _Draw:
        z, terms, log_q, error = posterior_draw(model, context.posterior_sampler, x, seed)
        total, gaussian = {0: terms.log_joint}, {0: terms.log_backbone}
        if above:
            lower_total, lower_gaussian = _drawn_anew(context, x, z, above, seed)
            total, gaussian = total | lower_total, gaussian | lower_gaussian
        return _Draw(total, gaussian, terms, log_q, error)

    return compute


def _drawn_anew(
    context: EvaluationContext, x: tf.Tensor, z: Latents, above: Sequence[int], seed: Seed
) -> tuple[dict[int, tf.Tensor], dict[int, tf.Tensor]]:
    """L>k and Gaussian L>k by k: a loop in the graph, so that one chain is compiled for all."""
    model, sampler = context.model, context.prior_sampler.layer_sampler
    noise = model.backbone.noise_of(z)

    def at(k: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        lower, terms_seed = tf.range(len(noise)) < k, seeds.fold(seed, _TERMS, k)
        drawn = resample_layers(sampler, model, noise, lower, seeds.fold(seed, _CHAIN, k))
        total = model.density_terms(x, drawn, terms_seed).log_joint
        drawn = resample_layers(_GAUSSIAN, model, noise, lower, seeds.fold(seed, _BACKBONE, k))
        return total, model.density_terms(x, drawn, terms_seed).log_backbone

    joint, gaussian = tf.map_fn(at, tf.constant(above), fn_output_signature=(tf.float32,) * 2, parallel_iterations=1)
    by_k = [dict(zip(above, tf.unstack(values, num=len(above)), strict=True)) for values in (joint, gaussian)]
    return by_k[0], by_k[1]
