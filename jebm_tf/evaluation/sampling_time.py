"""What the EBM adds to the time of a sample (Table 7's overhead, in seconds)."""

import statistics
import time
from collections.abc import Callable

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result
from jebm_tf.purposes import Purpose

_BACKBONE = PriorChain(num_steps=0)


def sampling_time(context: EvaluationContext, *, batch: int = 64, repeats: int = 5) -> Result:
    """Wall-clock time of a batch of samples with the EBM prior and without: latents, then images.

    A deep backbone goes down twice, for latents and for their images, as sampling does. Each is compiled first and then
    timed, in turn, so that other work on the machine meets all of them; what is reported is the median.

    Args:
      context: the model, and the chain that its samples take.
      batch: images drawn at once.
      repeats: how often each is timed.

    Raises:
      UserError: there are no energies, so that nothing is added.
    """
    model = context.model
    if not model.energies:
        raise UserError("sampling_time: the model has no energies, so there is no chain to time")
    if batch < 1 or repeats < 1:
        raise UserError(f"sampling_time: batch = {batch} and repeats = {repeats} must be 1 or more")
    z = _BACKBONE.sample(model, batch, context.root(Purpose.SAMPLING_TIME))
    decode = tf.function(model.decode, autograph=False)
    ways = {
        "EBM": tf.function(lambda seed: context.prior_sampler.sample(model, batch, seed), autograph=False),
        "Gaussian": tf.function(lambda seed: _BACKBONE.sample(model, batch, seed), autograph=False),
        "images": lambda seed: decode(z),
    }
    seconds = {name: statistics.median(times) for name, times in _timed(context, ways, repeats).items()}
    backbone, added = seconds["Gaussian"] + seconds["images"], seconds["EBM"] - seconds["Gaussian"]
    numbers = {
        "milliseconds_per_image_backbone": 1e3 * backbone / batch,
        "milliseconds_per_image_added_by_EBM": 1e3 * added / batch,
        "EBM_percent_of_sampling": 100.0 * added / (backbone + added),
    }
    protocol = {
        "batch": batch,
        "repeats": repeats,
        "devices": [device.name for device in tf.config.list_logical_devices()],
        "time": "wall clock, median, compilation not counted",
        "backbone": "latents of the Gaussian prior, and their images",
        "added by EBM": "latents of the EBM prior less those of the Gaussian one",
    }
    return Result(numbers, protocol)


def _timed(context: EvaluationContext, ways: dict[str, Callable], repeats: int) -> dict[str, list[float]]:
    """Seconds of every call, after one that compiles."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in context.progress(range(repeats + 1), repeats + 1, "timing"):
        seed = seeds.fold(context.root(Purpose.SAMPLING_TIME), turn)
        for name, draw in ways.items():
            start = time.perf_counter()
            tf.nest.flatten(draw(seed))[-1][:1].numpy()  # waits for all, copies little
            times[name].append(time.perf_counter() - start)
    return {name: found[1:] for name, found in times.items()}
