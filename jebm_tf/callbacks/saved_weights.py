"""The weights in checkpoints, under names that do not depend on what else a checkpoint holds."""

import re
import sys
from itertools import islice
from pathlib import Path

import keras
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.joint import JointModel
from jebm_tf.storage.checkpoint_store import Checkpoint, CheckpointStore
from jebm_tf.trainers.base import Trainer

NONE_WHOLE = (
    "there are checkpoints and none is whole; bring one back from a copy, or begin again with another --run_dir"
)
_PLACE = re.compile(r"^\{\{.*?\}\} ")
_NONE = "no checkpoint found; train first, or give another --run_dir"


def whole_checkpoints(directory: Path, number: int = 1) -> list[Checkpoint]:
    """The last whole checkpoints of a run, at most so many, the oldest first; damaged ones between them are said.

    Raises:
      UserError: there is none.
    """
    store = CheckpointStore(directory)
    found = list(islice(store.newest_first(warn_of_damage), number))
    if not found:
        raise UserError(f"{directory}: {NONE_WHOLE if store.all() or store.has_damaged() else _NONE}")
    return found[::-1]


def warn_of_damage(checkpoint: Checkpoint, why: str) -> None:
    """Says on standard error that a checkpoint is passed over."""
    print(f"warning: {checkpoint.folder}: damaged and passed over ({why})", file=sys.stderr, flush=True)


def load_model(trainer: Trainer, saved: Checkpoint) -> int:
    """Loads the weights of a checkpoint, averaged where the run keeps averages, into a model, and returns their step.

    Raises:
      UserError: the checkpoint is of another model.
    """
    checkpoint = tf.train.Checkpoint(
        model=weights_of(trainer.model), averages=averages_of(trainer), state=list(trainer.state)
    )
    try:
        checkpoint.read(saved.prefix).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise UserError(f"{saved.folder}: cannot be loaded into this model ({first_line(error)})") from error
    if trainer.averages is not None:
        trainer.averages.adopt()
    trainer.on_weights_loaded(saved.step)
    return saved.step


def load_backbone(backbone: Backbone, saved: Checkpoint) -> None:
    """Loads a backbone's weights, averaged where they were, from a checkpoint of another run on the same backbone.

    Raises:
      UserError: the checkpoint is of another backbone.
    """
    weights = tf.train.Checkpoint(model=weights_of(backbone))
    try:
        weights.read(saved.prefix).expect_partial().assert_existing_objects_matched()
        averages = tf.train.Checkpoint(averages=_averaged(backbone, saved.prefix))
        averages.read(saved.prefix).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise UserError(f"{saved.folder}: cannot be loaded into this backbone ({first_line(error)})") from error


def averages_of(trainer: Trainer) -> dict[str, dict[str, tf.Variable]]:
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


def _averaged(backbone: Backbone, prefix: str) -> dict[str, dict[str, tf.Variable]]:
    """Those weights of which a checkpoint has averages, under the names of these."""
    saved = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
    return {
        name: {
            str(i): value
            for i, value in enumerate(values_of(part))
            if f"averages/{name}/{i}/.ATTRIBUTES/VARIABLE_VALUE" in saved
        }
        for name, part in backbone.parts.items()
    }


def weights_of(model: JointModel | Backbone) -> dict[str, list[tf.Variable]]:
    """A model's weights by part.

    Named one by one, since tf.train.Checkpoint neither follows a list of Keras layers nor complains that it does not.
    """
    return {name: values_of(part) for name, part in model.parts.items()}


def values_of(holder: keras.Model | keras.optimizers.Optimizer | keras.metrics.Metric) -> list[tf.Variable]:
    """TensorFlow's variables of something of Keras'."""
    return [variable.value for variable in holder.variables]


def first_line(error: Exception) -> str:
    """What a message says in a line, without the place in a graph that TensorFlow puts before it."""
    return _PLACE.sub("", str(error).strip().splitlines()[0])
