"""The context of evaluations: a trainer's model with the images and settings of its run."""

import os
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from jebm_tf.cli.build import build
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.trainers.base import Trainer


def default_cache() -> Path:
    """Where features of data sets and classifiers are kept, for all runs of a user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jebm_tf"


def make_context(trainer: Trainer, seed: int, cache: Path, batch_size: int) -> EvaluationContext:
    """The context of a trainer's model, with images by the settings of `load_images`."""
    return EvaluationContext(
        trainer.model,
        trainer.posterior_sampler,
        trainer.prior_sampler,
        images=lambda split, **settings: build("load_images", split=split, **settings),
        seed=seed,
        cache=cache,
        batch_size=batch_size,
        progress=_bar,
    )


def _bar(items: Iterable, total: int, what: str) -> Iterable:
    return tqdm(items, total=total, desc=what, leave=False, disable=None)
