"""Checkpoints from which a run goes on bit for bit."""

from pathlib import Path

import keras
import tensorflow as tf

from jebm_tf.callbacks.divergence import check
from jebm_tf.errors import UserError
from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.run import Run


class Checkpoints(keras.callbacks.Callback):
    """Saves every `run.checkpoint_every` steps and at the end of training, however it ends.

    A checkpoint holds weights, their averages, the bank of chains, the trainer's own state, optimizer, step, running
    means and seed. The position in the data is a function of (seed, step), see `jebm_tf.data.pipeline`.

    Args:
      trainer: what is saved and restored.
      source: where checkpoints are looked for.
      target: where they are saved: `source`, but for workers that only take part in saving.
      run: how often, and how many to keep.
    """

    def __init__(self, trainer: Trainer, source: Path, target: Path, run: Run):
        super().__init__()
        self.every = run.checkpoint_every
        self._max_gap = run.max_gap
        self.seed = tf.Variable(trainer.seed, dtype=tf.int64, trainable=False)
        self._trainer = trainer
        self._checkpoint = tf.train.Checkpoint(
            model=_weights(trainer.model),
            optimizer=_values(trainer.optimizer),
            scalars=_values(trainer.scalars),
            seed=self.seed,
            averages=_averages(trainer),
            bank=[] if trainer.bank is None else trainer.bank.values,
            state=list(trainer.state),
        )
        self._source = source
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(target), max_to_keep=run.keep_checkpoints)
        self._saved_step: int | None = None

    def restore(self) -> int:
        """Loads the latest checkpoint, if there is one, and returns the step to go on from.

        Raises:
          UserError: the checkpoint is of another model or seed, or cannot be read.
        """
        path = tf.train.latest_checkpoint(str(self._source))
        if path is None:
            return 0
        try:
            self._checkpoint.restore(path).assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise UserError(f"{path}: cannot be loaded into this model ({_first_line(error)})") from error
        if int(self.seed.numpy()) != self._trainer.seed:
            raise UserError(
                f"{path}: saved by a run with Run.seed = {int(self.seed.numpy())}, not {self._trainer.seed}"
            )
        self._saved_step = self._trainer.step
        return self._trainer.step

    def on_train_batch_end(self, batch, logs=None):
        """Saves where it is due."""
        if self._trainer.step % self.every == 0:
            self.save()

    def on_train_end(self, logs=None):
        """Saves what is not saved yet."""
        self.save()

    def save(self) -> None:
        """Saves, unless this step is saved already.

        Raises:
          UserError: the run has diverged since scalars were last logged; what is saved stays as it was.
        """
        if self._saved_step != self._trainer.step:
            check(self._trainer, self._trainer.scalars.means(), self._max_gap)
            self._manager.save(checkpoint_number=self._trainer.step)
            self._saved_step = self._trainer.step


def list_checkpoints(directory: Path) -> list[str]:
    """The checkpoints of a run that are still there, the oldest first.

    Raises:
      UserError: there is none.
    """
    state = tf.train.get_checkpoint_state(str(directory))
    paths = [] if state is None else list(state.all_model_checkpoint_paths)
    if not paths:
        raise UserError(f"{directory}: no checkpoint found; train first, or give another --run_dir")
    return paths


def load_model(trainer: Trainer, path: str) -> int:
    """Loads the weights of a checkpoint, averaged where the run keeps averages, into a model, and returns their step.

    Raises:
      UserError: the checkpoint is of another model.
    """
    checkpoint = tf.train.Checkpoint(
        model=_weights(trainer.model), averages=_averages(trainer), state=list(trainer.state)
    )
    try:
        checkpoint.restore(path).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise UserError(f"{path}: cannot be loaded into this model ({_first_line(error)})") from error
    if trainer.averages is not None:
        trainer.averages.adopt()
    step = int(Path(path).name.rsplit("-", 1)[1])
    trainer.on_weights_loaded(step)
    return step


def load_backbone(backbone: Backbone, path: str) -> None:
    """Loads a backbone's weights, averaged where they were, from a checkpoint of another run on the same backbone.

    Raises:
      UserError: the checkpoint is of another backbone.
    """
    try:
        tf.train.Checkpoint(model=_weights(backbone)).restore(path).expect_partial().assert_existing_objects_matched()
        averaged = _averaged(backbone, path)
        tf.train.Checkpoint(averages=averaged).restore(path).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise UserError(f"{path}: cannot be loaded into this backbone ({_first_line(error)})") from error


def _averages(trainer: Trainer) -> dict[str, dict[str, tf.Variable]]:
    """By part and the weight's number among its part's, so that a part's can be found without the others."""
    if trainer.averages is None:
        return {}
    values = {
        id(weight): value for weight, value in zip(trainer.averages.weights, trainer.averages.values, strict=True)
    }
    return {
        name: {str(i): values[id(weight)] for i, weight in enumerate(part.variables) if id(weight) in values}
        for name, part in trainer.model.parts.items()
    }


def _averaged(backbone: Backbone, path: str) -> dict[str, dict[str, tf.Variable]]:
    """Those weights of which a checkpoint has averages, under the names of these."""
    saved = tf.train.load_checkpoint(path).get_variable_to_shape_map()
    return {
        name: {
            str(i): value
            for i, value in enumerate(_values(part))
            if f"averages/{name}/{i}/.ATTRIBUTES/VARIABLE_VALUE" in saved
        }
        for name, part in backbone.parts.items()
    }


def _weights(model: JointModel | Backbone) -> dict[str, list[tf.Variable]]:
    """A model's weights by part.

    Named one by one, since tf.train.Checkpoint neither follows a list of Keras layers nor complains that it does not.
    """
    return {name: _values(part) for name, part in model.parts.items()}


def _values(holder: keras.Model | keras.optimizers.Optimizer | keras.metrics.Metric) -> list[tf.Variable]:
    return [variable.value for variable in holder.variables]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
