"""From gin's settings to objects."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from jebm_tf import registry
from jebm_tf.callbacks.saved_weights import load_model
from jebm_tf.errors import UserError
from jebm_tf.evaluation.parameters import count_parameters
from jebm_tf.models.joint import JointModel
from jebm_tf.storage.checkpoint_store import Checkpoint
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.run import Run

_MISSING = re.compile(r"(\w+)(?:\.__init__)?\(\) missing .* arguments?: (.*)")
_BUILT = re.compile(r"In call to configurable '(\w+)'")


def build(name: str, *given, **arguments):
    """Builds what is registered as `name`, settings that do not go together being the user's to mend.

    Raises:
      UserError: the settings are incomplete or contradict each other.
    """
    with _one_line():
        return registry.build(name, *given, **arguments)


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise UserError(str(error).splitlines()[0]) from error  # without the lines that gin appends
    except (ValueError, TypeError) as error:
        raise UserError(_explain(error)) from error


def _explain(error: Exception) -> str:
    """The error in one line that names what was being built, which gin notes in the lines that it appends."""
    message = str(error).strip().splitlines()[0]
    missing = _MISSING.search(message)
    if missing:
        names = [f"{missing[1]}.{parameter}" for parameter in re.findall(r"'(\w+)'", missing[2])]
        return f"{', '.join(names)}: not set; set it in a gin file, or include defaults.gin"
    built = _BUILT.search(str(error))
    return message if not built or message.startswith(built[1]) else f"{built[1]}: {message}"


def build_run() -> Run:
    """The run's settings for whoever does not train: the callbacks that watch training are not even constructed.

    Raises:
      UserError: the settings contradict each other.
    """
    return build("Run", callbacks=())


def build_trainer(run: Run, length: TrainingLength) -> Trainer:
    """The model, its optimizer and its trainer, for a run of this length.

    Raises:
      UserError: the settings are incomplete or contradict each other.
    """
    model = build("JointModel")
    with _one_line():
        optimizer = run.optimizer(model=model, length=length)
        given = {"length": length} if registry.takes(run.trainer, "length") else {}
        trainer = run.trainer(model=model, optimizer=optimizer, seed=run.seed, **given)
    if trainer.bank is not None and trainer.prior_sampler.bank.size < run.batch_size:
        raise UserError(
            f"ChainBank.size = {trainer.prior_sampler.bank.size}: must be at least Run.batch_size = {run.batch_size}"
        )
    return trainer


def load_weights(trainer: Trainer, checkpoint: Checkpoint) -> int:
    """Loads a checkpoint's weights, lets batch norms follow samples where settings ask for it; returns the step."""
    step = load_model(trainer, checkpoint)
    build("recalibrate_batch_norm", trainer.model)
    return step


def parameter_table(model: JointModel) -> str:
    """Parameters per part and in all, then how the EBM compares with its backbone (Table 7), as lines of text."""
    rows = count_parameters(model)
    width = max(map(len, rows))
    lines = [f"  {name:<{width}} {count:>12,}" for name, count in rows.items()]
    lines[-1] += f"  ({100 * rows['EBM'] / rows['backbone']:.1f} % of the backbone)"
    return "\n".join(lines)
