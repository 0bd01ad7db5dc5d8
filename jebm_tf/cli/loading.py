"""From a run directory to a trained run, by the settings that it was trained with."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jebm_tf.components  # noqa: F401  (registers what settings name)
from jebm_tf import registry
from jebm_tf.callbacks.saved_weights import whole_checkpoints
from jebm_tf.cli import gin_files, tasks
from jebm_tf.cli.build import build, build_run, build_trainer, load_weights
from jebm_tf.cli.context import default_cache, make_context
from jebm_tf.cli.run_directory import RunDirectory
from jebm_tf.data.images import ImageSet
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.trained_run import TrainedRun
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength

_OF_PICTURES = ("crop", "bits", "background")  # settings of load_images that hold for a single picture
_EVALUATION_DEFAULTS = "eval/defaults.gin"


class _Settings:
    """Gin files and single settings, read into gin's one global configuration when they are needed."""

    def __init__(self, files: Sequence[str], bindings: Sequence[str]):
        self.files, self.bindings = list(files), list(bindings)

    def activate(self) -> None:
        """Makes these the settings that `build` goes by, unless they are."""
        if not gin_files.loaded_by(self):
            gin_files.load(self.files, self.bindings, owner=self)

    def images(self, split: str, **given: Any) -> ImageSet:
        """Images by these settings."""
        self.activate()
        return build("load_images", split=split, **given)

    def run_task(self, name: str, context: EvaluationContext, given: Mapping[str, Any]) -> Any:
        """What a task answers by these settings.

        Raises:
          UserError: there is none of this name.
        """
        if name not in tasks.known():
            raise UserError(f"no task {name!r}; there are {', '.join(tasks.known())}")
        self.activate()
        return build(name, context, **given)


def load_run(
    directory: str | Path,
    *,
    settings: Sequence[str] = (),
    files: Sequence[str] = (),
    batch_size: int | None = None,
    seed: int = 0,
    cache: str | Path | None = None,
    best: bool = False,
) -> TrainedRun:
    """The latest weights of a run directory, its averaged ones where it keeps averages, ready to use.

    Parts of one's own must be imported before, as --module does for commands: nothing is imported because a run
    directory says so.

    Args:
      directory: of the run.
      settings: such as "PriorChain.num_steps = 200", over the run's own.
      files: gin files over the run's own settings, such as "eval/quick.gin".
      batch_size: images computed at once; the run's own unless given, since that has fitted into memory.
      seed: of evaluations.
      cache: where features of data sets and classifiers are kept; ~/.cache/jebm_tf unless given.
      best: take the weights of the best evaluation on the way, see `Run.keep_best`, in place of the latest.

    Raises:
      UserError: there is no such run, it needs a module that is not imported, or the settings do not fit it.

    Example:
      >>> run = jebm.load_run(run_dir, settings=["PriorChain.num_steps = 2"])
      >>> run.sample(3, seed=0).shape
      (3, 8, 8, 1)
      >>> run.context.prior_sampler.num_steps
      2
    """
    place = RunDirectory(Path(directory))
    place.require()
    place.check_modules()
    own = _Settings([str(place.config.resolve()), _EVALUATION_DEFAULTS, *files], settings)
    own.activate()
    run = build_run()
    trainer = build_trainer(run, TrainingLength(1, run.total_steps(1)))  # data, and epochs' lengths, are not at hand
    saved = place.best if best else place.checkpoints
    step = load_weights(trainer, whole_checkpoints(saved)[-1])

    context = make_context(trainer, seed, Path(cache) if cache else default_cache(), batch_size or run.batch_size)
    context = dataclasses.replace(
        context, images=own.images, checkpoints=lambda number: _visit(own, trainer, saved, number)
    )
    over = tuple(f"--gin_file={name}" for name in files) + tuple(settings)
    averaged = trainer.averages is not None
    preprocessing = _preprocessing(trainer.model.backbone.image_shape)
    return TrainedRun(place.path, context, preprocessing, step, averaged=averaged, settings=over, run_task=own.run_task)


def _preprocessing(shape: tuple[int, int, int]) -> Preprocessing:
    """What the settings that gin has now say of single pictures."""
    given = registry.given("load_images")
    return Preprocessing(shape, **{name: value for name, value in given.items() if name in _OF_PICTURES})


def _visit(settings: _Settings, trainer: Trainer, directory: Path, number: int) -> Iterator[int]:
    """Loads the last checkpoints one after the other, and leaves the latest."""
    settings.activate()
    checkpoints = whole_checkpoints(directory, number)
    try:
        for checkpoint in checkpoints:
            yield load_weights(trainer, checkpoint)
    finally:
        load_weights(trainer, checkpoints[-1])
