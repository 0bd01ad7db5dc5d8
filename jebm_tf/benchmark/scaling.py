"""Cost of chains against their length, the batch, the number of layers and the width: slopes in log-log."""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.benchmark import memory
from jebm_tf.benchmark.items import random_images
from jebm_tf.benchmark.record import Record, of_times
from jebm_tf.benchmark.resized import resized
from jebm_tf.benchmark.timing import slope, times_of
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.data.images import to_model
from jebm_tf.errors import UserError
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.base import Trainer
from jebm_tf.types import Seed

VARIABLES = ("chain length k", "batch", "layers", "width")
_FACTORS = (0.5, 1.0, 2.0, 4.0)
_LAYERS = (1, 2, 4, 8)


@dataclasses.dataclass(frozen=True)
class _Point:
    """One size: the value of what varies, and what is then run."""

    value: float
    model: JointModel
    prior: PriorChain
    posterior: PosteriorChain | InferenceSampler
    batch: int


def measure(trainer: Trainer, batch: int, variable: str, repeats: int) -> Record:
    """Times and memory of prior chain and posterior at several sizes, and the slopes.

    Raises:
      UserError: this trainer's model or samplers cannot be varied so.
    """
    chain, posterior = trainer.prior_sampler.settled(), trainer.posterior_sampler.settled()
    if not isinstance(chain, PriorChain) or not isinstance(posterior, PosteriorChain | InferenceSampler):
        raise UserError(f"{type(chain).__name__}, {type(posterior).__name__}: only chains and networks are varied")
    here = _Point(0.0, trainer.model, chain, posterior, batch)
    found: Record = {"values": [], "chains": {}}
    for point in _POINTS[variable](here):
        found["values"].append(point.value)
        for name, draw in _draws(point).items():
            with memory.peak() as peak:
                times = times_of(draw, repeats)
            row = found["chains"].setdefault(name, {"times": [], "peak_bytes": []})
            row["times"].append(of_times(times))
            row["peak_bytes"].append(peak.bytes)
    for row in found["chains"].values():
        row["slope"] = slope(found["values"], [times["median"] for times in row["times"]])
        computed = [float(np.median(times["processor_seconds"])) for times in row["times"]]
        row["processor_slope"] = slope(found["values"], computed)
    return found


def _lengths(here: _Point) -> Iterator[_Point]:
    """Both chains have as many steps, those of the prior chain times a factor."""
    for steps in sorted({max(1, round(factor * (here.prior.num_steps or 10))) for factor in _FACTORS}):
        posterior = here.posterior
        if isinstance(posterior, PosteriorChain):
            posterior = dataclasses.replace(posterior, num_steps=steps)
        prior = dataclasses.replace(here.prior, num_steps=steps)
        yield dataclasses.replace(here, value=steps, prior=prior, posterior=posterior)


def _batches(here: _Point) -> Iterator[_Point]:
    for batch in sorted({max(1, round(factor * here.batch)) for factor in _FACTORS}):
        yield dataclasses.replace(here, value=batch, batch=batch)


def _numbers_of_layers(here: _Point) -> Iterator[_Point]:
    for layers in _LAYERS:
        yield dataclasses.replace(here, value=layers, model=resized(here.model, layers=layers))


def _widths(here: _Point) -> Iterator[_Point]:
    for factor in _FACTORS:
        yield dataclasses.replace(here, value=factor, model=resized(here.model, width=factor))


_POINTS: dict[str, Callable[[_Point], Iterator[_Point]]] = dict(
    zip(VARIABLES, (_lengths, _batches, _numbers_of_layers, _widths), strict=True)
)


def _draws(point: _Point) -> dict[str, Callable]:
    """What is timed at a size, by name, of a turn's number; compiled at its first call."""
    x = to_model(tf.constant(random_images(point.model, point.batch)))
    prior = tf.function(lambda key: point.prior.sample(point.model, point.batch, Seed(key, 0)), autograph=False)
    found = {"prior chain": lambda turn: prior(seeds.root_seed(turn).key)}
    posterior = tf.function(lambda key: point.posterior.sample(point.model, x, Seed(key, 0)), autograph=False)
    return found | {"posterior": lambda turn: posterior(seeds.root_seed(turn).key)}
