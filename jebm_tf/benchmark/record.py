"""What a benchmark found, as it is written to benchmark.json and read again."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.benchmark.items import Item
from jebm_tf.benchmark.peaks import KINDS, Measured, arithmetic_limit
from jebm_tf.benchmark.timing import Times
from jebm_tf.errors import UserError
from jebm_tf.models.layers import parameters_of
from jebm_tf.storage import durable
from jebm_tf.trainers.base import Trainer

Record = dict[str, Any]
"""JSON types only. See `benchmarks/README.md` for what is in it."""

FORMAT = 1


def work_of(trainer: Trainer, batch: int) -> Record:
    """What is computed, whatever the machine and however often: two records can be compared where this is equal."""
    model = trainer.model
    return {
        "trainer": type(trainer).__name__,
        "batch": batch,
        "image_shape": list(model.backbone.image_shape),
        "latents": list(model.dims),
        "parameters": {name: _size(part) for name, part in model.parts.items()},
        "prior_sampler": _plain(trainer.prior_sampler.describe()),
        "posterior_sampler": _plain(trainer.posterior_sampler.describe()),
        "dtype_policy": model.dtype_policy.name,
    }


def of_item(item: Item, times: Times, peak_bytes: int | None, measured: list[Measured]) -> Record:
    """What was found of an item."""
    limit = None if item.flops is None else arithmetic_limit(item.flops, measured)
    on_gpu = bool(tf.config.list_physical_devices("GPU"))  # whose seconds the processor does not compute in
    of_processor = None if item.flops is None or on_gpu else arithmetic_limit(item.flops, measured, "processor")
    return {
        "what": item.what,
        "images": item.images,
        **of_times(times),
        "flops": None if item.flops is None else dict(zip(KINDS, item.flops, strict=True)),
        "arithmetic_limit": limit,
        "share_of_peak": None if not limit else limit / times.median,
        "processor_share_of_peak": None if not of_processor else of_processor / float(np.median(times.processor)),
        "peak_bytes": peak_bytes,
    }


def of_times(times: Times) -> Record:
    """All of them in seconds, their median and quartiles, and how many cores the process had."""
    return {
        "median": times.median,
        "quartiles": list(times.quartiles),
        "cores": times.cores,
        "seconds": list(times.seconds),
        "processor_seconds": list(times.processor),
    }


def of_peak(measured: Measured) -> Record:
    """What was found of a matrix product or a convolution."""
    return {
        "kind": measured.product.kind,
        "shapes": str(measured.product),
        "dtype": measured.dtype,
        "flops": measured.product.flops,
        "flops_per_second": measured.rate(),
        "flops_per_processor_second": measured.rate("processor"),
        "seconds": list(measured.times.seconds) if measured.times else None,
    }


def write(path: Path, record: Record) -> None:
    """Writes a record, whole or not at all."""
    durable.write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> Record:
    """A record that was written before.

    Raises:
      UserError: it is none.
    """
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a benchmark.json ({error})") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT or not {"work", "items"} <= set(record):
        raise UserError(f"{path}: is not a benchmark.json of this version of bin/benchmark")
    return record


def _size(part: keras.Model) -> int:
    return sum(math.prod(weight.shape) for weight in parameters_of(part))


def _plain(settings: Mapping[str, Any]) -> Record:
    """Settings as JSON has them, rounded: what is learned differs in its last digits."""
    return json.loads(json.dumps(settings, default=str), parse_float=lambda text: round(float(text), 6))
