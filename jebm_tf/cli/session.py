"""A training session: from settings to a trained model in a run directory."""

import shutil
import signal
import sys
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.callbacks import sinks
from jebm_tf.callbacks.checkpoints import Checkpoints, list_checkpoints, load_backbone
from jebm_tf.callbacks.divergence import stop_where_diverged
from jebm_tf.callbacks.evaluations import Evaluations
from jebm_tf.callbacks.progress import Progress
from jebm_tf.callbacks.scalar_log import ScalarLog
from jebm_tf.callbacks.snapshots import Snapshots
from jebm_tf.callbacks.stopwatch import Stopwatch
from jebm_tf.cli import gin_files, needs, run_directory
from jebm_tf.cli.build import build, build_trainer, parameter_table
from jebm_tf.cli.context import default_cache, make_context
from jebm_tf.cli.stop import StopOnSignal
from jebm_tf.data.images import ImageSet, to_model
from jebm_tf.data.pipeline import distributed_batches, steps_per_epoch
from jebm_tf.errors import UserError
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
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
    print(parameter_table(trainer.model))


def train(run_dir: Path, strategy_name: str, accept_changes: bool) -> int | None:
    """Trains until the run is complete or stopped, and returns the exit status."""
    strategy = make_strategy(strategy_name)
    run = build("Run")
    keras.utils.set_random_seed(run.seed)  # initial weights; everything later is stateless
    images = build("load_images")
    print(f"{len(images)} images: {images.source}", flush=True)
    per_epoch = steps_per_epoch(images, run.batch_size)
    with strategy.scope():
        length = TrainingLength(per_epoch, run.total_steps(per_epoch))
        trainer = build_trainer(run, length)
        _check_shapes(images, trainer.model)
        print(parameter_table(trainer.model), flush=True)
        directory = _open(run_dir, strategy, accept_changes, fixed_length=length.is_used)
        checkpoints = Checkpoints(trainer, run_dir / "checkpoints", directory.checkpoints, run)
        first_step, last_step = checkpoints.restore(), run.total_steps(per_epoch)
        if not first_step:
            _begin(trainer.model, run, images)
    directory.write_environment([d.name for d in tf.config.list_logical_devices()], first_step)
    if first_step >= last_step:
        print(f"{directory.path}: complete at step {first_step}; --max_steps or Run.epochs makes it longer")
        return None
    print(f"{directory.path}: steps {first_step} to {last_step}, {per_epoch} steps an epoch", flush=True)
    data = distributed_batches(images, run.batch_size, run.seed, first_step, strategy)
    stop = StopOnSignal()
    watchers = _watchers(trainer, directory, images, run, range(first_step, last_step))
    callbacks = [*watchers, *run.callbacks, checkpoints, stop]
    with stop:
        trainer.fit(data, steps_per_epoch=last_step - first_step, verbose=0, shuffle=False, callbacks=callbacks)
    if is_chief(strategy):
        _closing_words(trainer, directory, stop.signal)
    return None if stop.signal is None else 128 + stop.signal


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
        first = to_model(tf.constant(images.subsample(_FIRST_IMAGES).images))
        model.backbone.initialise(first, seeds.fold(seeds.root_seed(run.seed), Purpose.FIRST_WEIGHTS))
        return
    directory = run_directory.RunDirectory(Path(run.start_from))
    directory.require()
    path = list_checkpoints(directory.checkpoints)[-1]
    load_backbone(model.backbone, path)
    print(f"backbone from {path}", flush=True)


def _open(
    run_dir: Path, strategy: tf.distribute.Strategy, accept_changes: bool, *, fixed_length: bool
) -> run_directory.RunDirectory:
    """The run directory; a scratch one for workers other than the chief, whose files nobody reads."""
    if not is_chief(strategy):
        return run_directory.create(Path(tempfile.mkdtemp()))
    directory = run_directory.create(run_dir)
    config = gin_files.used() + gin_files.waiting(run_directory.evaluation_names())
    directory.write_config(config, accept_changes, fixed_length=fixed_length)
    return directory


def _watchers(
    trainer: Trainer, directory: run_directory.RunDirectory, images: ImageSet, run: Run, steps: range
) -> list[keras.callbacks.Callback]:
    """What acts after a step, in order; what adds to a row of scalars comes before the log that writes it."""
    first_step, last_step = steps.start, steps.stop
    batch_size = max(
        run.batch_size // trainer.distribute_strategy.num_replicas_in_sync, 1
    )  # evaluations have one replica
    writer = tf.summary.create_file_writer(str(directory.path))
    with writer.as_default(step=first_step):
        tf.summary.text("config", "".join(f"    {line}\n" for line in directory.config_text().splitlines()))
    progress = Progress(first_step, last_step)
    rows = [sinks.json_lines(directory.metrics, first_step), sinks.tensorboard(writer), progress.show]
    rows.append(stop_where_diverged(trainer, run.max_gap))
    stopwatch = Stopwatch()
    log = ScalarLog(run.log_every, last_step, run.batch_size, stopwatch, rows)
    snapshots = Snapshots(
        run.snapshot_every,
        last_step,
        originals=images.images[: run.snapshot_size],
        directory=directory.path,
        writer=writer,
        diagnostics=log.add,
    )
    evaluations = Evaluations(
        run.evaluate_every,
        last_step,
        tasks={task.__name__: task for task in run.evaluations},
        context=lambda trainer: make_context(trainer, run.seed, default_cache(), batch_size),
        writer=writer,
        diagnostics=log.add,
    )
    own = trainer.own_callbacks(images, run, last_step)
    return [stopwatch, progress, *own, snapshots, evaluations, log]


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
