"""What watches training: scalars, snapshots, evaluations, progress, and where they write."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.callbacks import best, dashboard, event_files, sinks
from jebm_tf.callbacks.checkpoints import Checkpoints
from jebm_tf.callbacks.divergence import stop_where_diverged
from jebm_tf.callbacks.evaluations import Evaluations
from jebm_tf.callbacks.progress import Progress
from jebm_tf.callbacks.scalar_log import Row, ScalarLog, Sink
from jebm_tf.callbacks.snapshots import Snapshots
from jebm_tf.callbacks.stopwatch import Stopwatch
from jebm_tf.cli import gin_files
from jebm_tf.cli.context import default_cache, make_context
from jebm_tf.cli.run_directory import RunDirectory
from jebm_tf.data.images import ImageSet
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.run import Run


def make_callbacks(
    trainer: Trainer,
    run: Run,
    images: ImageSet,
    directory: RunDirectory,
    *,
    steps: range,
    checkpoints: Checkpoints,
    first_rows: Sequence[Row] = (),
) -> list[keras.callbacks.Callback]:
    """What acts after each of these steps, in order.

    What adds to a row of scalars comes before the log that writes it; a checkpoint is saved after that, so that a run
    that goes on from it repeats no row; and evaluations come last, when nothing can be lost any more.

    Args:
      trainer, run, images: of the run.
      directory: where to write; what it holds of later steps, which are done again, is removed from its logs.
      steps: that are about to be done.
      checkpoints: the callback that saves.
      first_rows: go into the log before anything else.
    """
    settings = gin_files.settings(directory.config_text())
    event_files.forget_after(directory.path, steps.start)
    writer = tf.summary.create_file_writer(str(directory.path))
    with event_files.events_at(writer, steps.start):
        tf.summary.text("config", "".join(f"    {line}\n" for line in directory.config_text().splitlines()))
        dashboard.write(settings)
    progress, stopwatch = Progress(steps.start, steps.stop), Stopwatch()
    kept = [sinks.json_lines(directory.metrics, steps.start), sinks.tensorboard(writer)]
    kept += [make(directory.path, settings) for make in run.sinks]
    for row in first_rows:
        sinks.to_all(kept)(row)
    rows = [*kept, progress.show, stop_where_diverged(trainer, run.max_gap, run.max_gap_growth)]
    log = ScalarLog(run.log_every, steps.stop, run.batch_size, stopwatch, rows)
    snapshots = Snapshots(
        run.snapshot_every,
        steps.stop,
        originals=images.images[: run.snapshot_size],
        directory=directory.path,
        writer=writer,
        diagnostics=log.add,
    )
    one_replica = max(run.batch_size // trainer.distribute_strategy.num_replicas_in_sync, 1)
    evaluations = Evaluations(
        run.evaluate_every,
        steps.stop,
        tasks={task.__name__: task for task in run.evaluations},
        context=lambda trainer: make_context(trainer, run.seed, default_cache(), one_replica),
        writer=writer,
        sink=sinks.to_all([*kept, *_best(run, directory, steps.start)]),
        save=checkpoints.save,
    )
    own = trainer.own_callbacks(images, run, steps.stop)
    return [stopwatch, progress, *own, snapshots, log, *run.callbacks, checkpoints, evaluations]


def _best(run: Run, directory: RunDirectory, first_step: int) -> list[Sink]:
    """What keeps the best checkpoint, where that is asked for."""
    if run.keep_best is None:
        return []
    return [best.keep_best(run.keep_best, directory.checkpoints, directory.best, first_step)]
