"""A trained run in Python: samples, scores, reconstructions, evaluations and exports of what a run directory holds."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from jebm_tf import pictures, seeds
from jebm_tf.chains.sampling import image_parts, part_size
from jebm_tf.data.images import to_pixels
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.evaluation.scores import image_scores
from jebm_tf.export.saved_model import export
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.reporting import model_card

_SHOWN = 64  # samples in the picture beside an export


class TrainedRun:
    """What `load_run` returns. Images are uint8, `[number, height, width, channels]`, everywhere.

    Args:
      directory: of the run.
      context: the model with its samplers and images.
      preprocessing: from pictures as they come to the model's images.
      step: of the weights.
      averaged: whether the weights are averages over training.
      settings: what was set over the run's own settings.
      run_task: calls a registered task by name with the context and settings.

    Attributes:
      (the arguments but the last.)

    Example:
      >>> run = jebm.load_run(run_dir)
      >>> images = run.sample(3, seed=0)
      >>> images.shape, images.dtype.name
      ((3, 8, 8, 1), 'uint8')
      >>> run.score(images, num_samples=1)["L>0"].shape
      (3,)
      >>> run.evaluate("reconstruction", num_images=10).protocol["images"]["number"]
      10
    """

    def __init__(
        self,
        directory: Path,
        context: EvaluationContext,
        preprocessing: Preprocessing,
        step: int,
        *,
        averaged: bool,
        settings: tuple[str, ...],
        run_task: Callable[[str, EvaluationContext, Mapping[str, Any]], Any],
    ):
        self.directory = directory
        self.context = context
        self.preprocessing = preprocessing
        self.step = step
        self.averaged = averaged
        self.settings = settings
        self._run_task = run_task

    @property
    def model(self) -> JointModel:
        """The model, with trained weights."""
        return self.context.model

    def sample(self, num: int, seed: int = 0) -> np.ndarray:
        """`num` images of the prior; one seed gives one sequence of images, which more continue."""
        return self.sample_with_latents(num, seed)[0]

    def sample_with_latents(self, num: int, seed: int = 0) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """The same images, and their latents: one `[num, dim]` per layer, bottom first.

        Raises:
          UserError: `num` is less than 1.
        """
        if num < 1:
            raise UserError(f"sample(num={num}): must be 1 or more")
        part = part_size(self.context.batch_size)
        parts = image_parts(self.model, self.context.prior_sampler, num, seed, part)
        shown = self.context.progress(parts, -(-num // part), f"samples, x{part}")
        images, latents = zip(*((to_pixels(x).numpy(), [z_i.numpy() for z_i in z]) for x, z in shown), strict=True)
        return np.concatenate(images), tuple(np.concatenate(layer) for layer in zip(*latents, strict=True))

    def read(self, paths: Sequence[str | Path]) -> np.ndarray:
        """Picture files as the model takes them, uint8: turned, cut and scaled as the run's own images.

        Raises:
          UserError: one cannot be read.
        """
        return np.stack([self.preprocessing.read(Path(path)) for path in paths])

    def score(self, images: np.ndarray, num_samples: int = 5) -> dict[str, np.ndarray]:
        """Scores of images by name, `[number]` each, in nats, higher for images that the model takes for its own.

        "L>0" is log p(x, z) up to a constant, averaged over `num_samples` samples of z given x (Eq. 20 with k = 0); the
        others are its terms, see `ImageScorer`. `bin/score` writes the same numbers for files.
        """
        return dict(image_scores(self.context, self._checked(images), num_samples))

    def reconstruct(self, images: np.ndarray, seed: int = 0) -> np.ndarray:
        """Each image through one sample of z given it."""

        def compute(x: tf.Tensor, seed: seeds.Seed) -> dict[str, tf.Tensor]:
            return {"images": to_pixels(self.model.decode(self.context.posterior_sampler.sample(self.model, x, seed)))}

        context = self.context.with_seed(seed)
        return context.over_images(context.for_images(compute), self._checked(images), Purpose.REBUILDING)["images"]

    def evaluate(self, task: str, **settings: Any) -> Result:
        """Runs a task of bin/evaluate, the run's own and given settings over its defaults.

        Raises:
          UserError: there is no such task, it does not apply to this model, or a setting is wrong.
        """
        return require_result(self._run_task(task, self.context, settings), task)

    def export(self, path: str | Path) -> None:
        """Writes a SavedModel, see `jebm_tf.export`, with a README.md that says what model it is, and its samples.

        Raises:
          UserError: there is something at `path` already.
        """
        directory = Path(path)
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise UserError(f"{directory}: already exists and is not an empty folder; choose another or remove it")
        context = self.context
        export(
            self.model,
            context.posterior_sampler,
            context.prior_sampler,
            directory,
            batch_size=context.batch_size,
            preprocessing=self.preprocessing,
            card=model_card.text(self.directory, self.step, self.settings, averaged=self.averaged),
        )
        pictures.save_png(directory / model_card.SAMPLES, pictures.grid(self.sample(_SHOWN)))

    def _checked(self, images: np.ndarray) -> np.ndarray:
        images, shape = np.asarray(images), self.model.backbone.image_shape
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != shape:
            wanted = ", ".join(map(str, shape))
            raise UserError(f"images are {images.dtype} {images.shape}; this model needs uint8 (number, {wanted})")
        return images
