"""A training session: from settings to a trained model in a run directory."""

import dataclasses
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.callbacks.checkpoints import Checkpoints
from jebm_tf.callbacks.divergence import DivergedError
from jebm_tf.callbacks.saved_weights import load_backbone, whole_checkpoints
from jebm_tf.callbacks.scalar_log import Row
from jebm_tf.cli import answer, app, gin_files, needs, run_directory
from jebm_tf.cli.build import build, build_trainer, parameter_table
from jebm_tf.cli.rollbacks import Rollback, Rollbacks
from jebm_tf.cli.stop import StopOnSignal
from jebm_tf.cli.watchers import make_callbacks
from jebm_tf.data.images import ImageSet, to_model
from jebm_tf.data.pipeline import distributed_batches, steps_per_epoch
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import describe
from jebm_tf.evaluation.parameters import count_parameters
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.storage.lock import DirectoryLock
from jebm_tf.strategy import is_chief, make_strategy
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.run import Run

_FIRST_IMAGES = 100  # that a backbone's first weights are fitted to, where it asks for it


def dry_run(strategy_name: str) -> None:
    """Builds model and trainer and prints how many parameters each part has."""
    run = build("Run")
    with make_strategy(strategy_name).scope():
        trainer = build_trainer(run, TrainingLength(1, run.total_steps(1)))
    answer.add(parameters=count_parameters(trainer.model))
    print(parameter_table(trainer.model))


def train(run_dir: Path, strategy_name: str, accept_changes: bool) -> int | None:
    """Trains until the run is complete or stopped, and returns the exit status.

    Raises:
      UserError: settings and images do not go together, the run has diverged, or `run_dir` cannot be trained in: it
        holds another run or one without a whole checkpoint, another process trains there, or the disk refused.
    """
    strategy = make_strategy(strategy_name)
    run = build("Run")
    keras.utils.set_random_seed(run.seed)  # initial weights; everything later is stateless
    images = build("load_images")
    print(f"{len(images)} images: {images.source}", flush=True)
    per_epoch = steps_per_epoch(images, run.batch_size)
    length = TrainingLength(per_epoch, run.total_steps(per_epoch))
    with strategy.scope():
        trainer = build_trainer(run, length)
    _check_shapes(images, trainer.model)
    print(parameter_table(trainer.model), flush=True)
    # A scratch directory for workers other than the chief, whose files nobody reads.
    directory = run_directory.create(run_dir if is_chief(strategy) else Path(tempfile.mkdtemp()))
    with DirectoryLock(directory.path), app.writing(directory.path, "make room, then run the same command again"):
        directory.sweep()
        if is_chief(strategy):
            _write_config(directory, accept_changes, fixed_length=length.is_used)
            directory.write_data(describe(images))
            directory.write_skipped(images.skipped)
        shared = run_directory.RunDirectory(run_dir)
        facts = {"settings_sha256": shared.config_digest(), **run_directory.versions()}
        with strategy.scope():
            checkpoints = Checkpoints(trainer, shared.checkpoints, directory.checkpoints, run, facts)
        return _learn(
            _Session(trainer, run, images, shared, directory, checkpoints, Rollbacks(shared.path / "rollbacks.jsonl"))
        )


@dataclasses.dataclass
class _Session:
    """What a session works on.

    Attributes:
      trainer, run, images: of the run.
      shared: the run's directory.
      directory: where this process writes: the same, but for workers other than the chief.
      checkpoints: from the former, to the latter.
      rollbacks: of the run.
    """

    trainer: Trainer
    run: Run
    images: ImageSet
    shared: run_directory.RunDirectory
    directory: run_directory.RunDirectory
    checkpoints: Checkpoints
    rollbacks: Rollbacks

    @property
    def writes(self) -> bool:
        """Whether what this process writes is read."""
        return self.shared.path == self.directory.path


def _learn(session: _Session) -> int | None:
    """Goes on from where the run is until it is complete or stopped, and returns the exit status."""
    trainer, run, directory = session.trainer, session.run, session.directory
    per_epoch = steps_per_epoch(session.images, run.batch_size)
    first_step, last_step = _position(session), run.total_steps(per_epoch)
    directory.write_environment([d.name for d in tf.config.list_logical_devices()], first_step)
    if first_step >= last_step:
        answer.add(run_dir=directory.path, step=first_step, complete=True)
        print(f"{directory.path}: complete at step {first_step}; --max_steps or Run.epochs makes it longer")
        return None
    print(f"{directory.path}: steps {first_step} to {last_step}, {per_epoch} steps an epoch", flush=True)
    stop, first_rows = StopOnSignal(), list[Row]()
    with stop:
        while True:
            trainer.rollbacks.assign(session.rollbacks.number_at(first_step))
            try:
                _fit(session, range(first_step, last_step), first_rows, stop)
                break
            except DivergedError as error:
                first_step = _go_back(session, error)
                first_rows = [session.rollbacks.row()]
    answer.add(run_dir=directory.path, step=trainer.step, complete=stop.signal is None)
    answer.add(rollbacks=len(session.rollbacks.all))
    if session.writes:
        _closing_words(trainer, directory, stop.signal)
    return None if stop.signal is None else 128 + stop.signal


def _position(session: _Session) -> int:
    """The step to go on from; a run that is not there yet is begun, and saved as it begins."""
    with session.trainer.distribute_strategy.scope():
        restored = session.checkpoints.restore()
        if restored is not None:
            return restored
        session.shared.require_no_history()
        _begin(session.trainer.model, session.run, session.images)
        session.checkpoints.save()
        return 0


def _fit(session: _Session, steps: range, first_rows: list[Row], stop: StopOnSignal) -> None:
    trainer, run, images = session.trainer, session.run, session.images
    data = distributed_batches(images, run.batch_size, run.seed, steps.start, trainer.distribute_strategy)
    callbacks = make_callbacks(
        trainer,
        run,
        images,
        session.directory,
        steps=steps,
        checkpoints=session.checkpoints,
        first_rows=first_rows,
    )
    trainer.fit(data, steps_per_epoch=len(steps), verbose=0, shuffle=False, callbacks=[*callbacks, stop])


def _go_back(session: _Session, error: DivergedError) -> int:
    """The step of the checkpoint from which a run that has diverged goes on.

    Raises:
      DivergedError: it has gone back as often as it may.
    """
    rollbacks, limit, diverged_at = session.rollbacks, session.run.max_rollbacks, session.trainer.step
    if len(rollbacks.all) >= limit:
        raise DivergedError(f"{error}; {limit} times it has gone back (Run.max_rollbacks)") from error
    far = rollbacks.how_far(diverged_at, session.run.checkpoint_every)
    with session.trainer.distribute_strategy.scope():
        step = session.checkpoints.go_back(far)
    rollbacks.add(Rollback(diverged_at, step, str(error)), record=session.writes)
    print(f"{error}", file=sys.stderr)
    print(f"gone back to step {step}, on with other noise ({len(rollbacks.all)} of {limit} times)", flush=True)
    return step


def _check_shapes(images: ImageSet, model: JointModel) -> None:
    found, made = images.images.shape[1:], model.backbone.image_shape
    if found != made:
        size = "x".join(map(str, made))
        raise UserError(
            f"{images.source}: images are {'x'.join(map(str, found))} but the generator makes {size};"
            " set load_images.size and .channels, or take a gin file for this size"
        )
    likelihood = model.backbone.likelihood
    if likelihood.bits not in (None, images.bits):
        raise UserError(
            f"{images.source}: pixels have {images.bits} bits but {type(likelihood).__name__} is of {likelihood.bits};"
            " set both, for example by --gin_param='bits = 5'"
        )


def _begin(model: JointModel, run: Run, images: ImageSet) -> None:
    """Gives the backbone the weights of another run's last checkpoint, or first ones that fit some images."""
    if run.start_from is None:
        first = to_model(tf.constant(np.asarray(images.subsample(_FIRST_IMAGES).images)))
        model.backbone.initialise(first, seeds.fold(seeds.root_seed(run.seed), Purpose.FIRST_WEIGHTS))
        return
    directory = run_directory.RunDirectory(Path(run.start_from))
    directory.require()
    (checkpoint,) = whole_checkpoints(directory.checkpoints)
    load_backbone(model.backbone, checkpoint)
    print(f"backbone from {checkpoint.folder}", flush=True)


def _write_config(directory: run_directory.RunDirectory, accept_changes: bool, *, fixed_length: bool) -> None:
    config = gin_files.used() + gin_files.waiting(run_directory.evaluation_names())
    directory.write_config(config, accept_changes, fixed_length=fixed_length)


def _closing_words(trainer: Trainer, directory: run_directory.RunDirectory, stopped_by: int | None) -> None:
    if stopped_by is not None:
        name = signal.Signals(stopped_by).name
        print(f"{name}: saved at step {trainer.step}; re-running the same command resumes from there")
        return
    run = directory.path
    sibling = sys.argv[0].replace("train", "{}")  # bin/train or jebm-train: the other commands lie beside it
    own = needs.flags(needs.needed(directory.config_text()))
    asked = f"--run_dir {run} {own}".strip()
    tensorboard = shutil.which("tensorboard") or Path(sys.executable).with_name("tensorboard")
    print(f"done at step {trainer.step}. Samples: {run / 'samples' / f'step_{trainer.step:08d}.png'}")
    print(f"next: {tensorboard} --logdir {run}")
    print(f"      {sibling.format('sample')} {asked} --num_samples 64 --seed 0 --output {run / 'samples.png'}")
    print(f"      {sibling.format('export')} {asked} --output {run / 'saved_model'}")
