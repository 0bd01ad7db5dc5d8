"""What a run looks like now: samples, reconstructions, the latents' histograms, and how the two chains are doing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from jebm_tf import pictures, seeds
from jebm_tf.callbacks.event_files import events_at
from jebm_tf.callbacks.scalar_log import Row
from jebm_tf.chains.settings import Observation
from jebm_tf.data.images import to_model, to_pixels
from jebm_tf.purposes import Purpose
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.trainers.base import Trainer
from jebm_tf.types import Latents

_PRIOR, _POSTERIOR, _DIAGNOSTICS = range(3)


class Snapshots(keras.callbacks.Callback):
    """Every `every` steps and at the last: PNG files, TensorBoard images and histograms, and chain diagnostics.

    Args:
      every: steps between snapshots.
      last_step: where training ends.
      originals: uint8 images to reconstruct, `[number, height, width, channels]`; as many samples are drawn.
      directory: the run's directory; files go to `samples/` and `reconstructions/` in it.
      writer: for TensorBoard.
      diagnostics: called with the chains' diagnostics, scalars by name.
    """

    def __init__(
        self,
        every: int,
        last_step: int,
        *,
        originals: np.ndarray,
        directory: Path,
        writer: tf.summary.SummaryWriter,
        diagnostics: Callable[[Row], None],
    ):
        super().__init__()
        self.every = every
        self.last_step = last_step
        self.originals = originals
        self.directory = directory
        self.writer = writer
        self.diagnostics = diagnostics
        self._compute: Any = None
        self._traced: tuple | None = None  # the samplers that `_compute` was traced with

    def on_train_batch_end(self, batch, logs=None):
        """Takes a snapshot where one is due."""
        step = self.model.step
        if step % self.every == 0 or step == self.last_step:
            self.take(self.model, step)

    def take(self, trainer: Trainer, step: int) -> None:
        """Takes a snapshot of `trainer` now, with averaged weights where it keeps them."""
        samplers = trainer.prior_sampler, trainer.posterior_sampler
        if self._traced != samplers:  # a trainer may change its samplers on the way
            self._compute, self._traced = tf.function(lambda x: _look(trainer, x), autograph=False), samplers
        with trainer.averaged():
            chains, diagnostics = self._compute(to_model(tf.constant(self.originals)))
            samples = to_pixels(trainer.model.decode(chains["prior"][0])).numpy()
            rebuilt = to_pixels(trainer.model.decode(chains["posterior"][0])).numpy()
        self._write_pictures(pictures.grid(samples), self._beside_originals(rebuilt), step)
        self._write_latents({kind: z for kind, (z, _) in chains.items()}, step)
        for kind, (_, trace) in chains.items():
            self.diagnostics(summarise(trace, f"{kind}_chain"))
        self.diagnostics({name: float(value) for name, value in diagnostics.items()})

    def _beside_originals(self, rebuilt: np.ndarray) -> np.ndarray:
        return pictures.grid(pictures.pairs(self.originals, rebuilt), columns=16)

    def _write_pictures(self, samples: np.ndarray, rebuilt: np.ndarray, step: int) -> None:
        pictures.save_png(self.directory / "samples" / f"step_{step:08d}.png", samples)
        pictures.save_png(self.directory / "reconstructions" / f"step_{step:08d}.png", rebuilt)
        with events_at(self.writer, step):
            tf.summary.image("samples", samples[np.newaxis])
            tf.summary.image("originals_and_reconstructions", rebuilt[np.newaxis])

    def _write_latents(self, latents: dict[str, Latents], step: int) -> None:
        with events_at(self.writer, step):
            for kind, z in latents.items():
                for i, z_i in enumerate(z, start=1):
                    tf.summary.histogram(f"z_{i}/{kind}", z_i)


def _look(trainer: Trainer, x: tf.Tensor) -> tuple[dict, dict]:
    """Both kinds of samples with their traces, and what the trainer has to say of these images."""
    seed = seeds.root_seed(Purpose.SNAPSHOTS)
    prior = trainer.prior_sampler.sample_with_trace(trainer.model, tf.shape(x)[0], seeds.fold(seed, _PRIOR))
    posterior = trainer.posterior_sampler.sample_with_trace(trainer.model, x, seeds.fold(seed, _POSTERIOR))
    diagnostics = trainer.diagnostics(x, seeds.fold(seed, _DIAGNOSTICS))
    return {"prior": prior, "posterior": posterior}, diagnostics


def summarise(trace: ChainTrace | None, prefix: str) -> Row:
    """A trace's means over chains: acceptance over all steps, everything else at the first and the last step."""
    if trace is None or not len(trace.acceptance):
        return {}  # no chain, or one of no steps
    row = {f"{prefix}/acceptance": float(tf.reduce_mean(trace.acceptance))}
    seen: Observation = trace.observed
    ends = {"gradient_norm": trace.gradient_norm, "log_density": trace.log_density}
    ends |= {f"f_{name}": values for name, values in seen.f.items()} | {"log_gaussian_prior": seen.log_gaussian_prior}
    for name, values in ends.items():
        row[f"{prefix}/{name}/first"] = float(tf.reduce_mean(values[0]))
        row[f"{prefix}/{name}/last"] = float(tf.reduce_mean(values[-1]))
    return row
