"""Every task by the name that commands, settings and reports use, in the order of a report."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable

from jebm_tf.evaluation.anomaly import anomaly
from jebm_tf.evaluation.fid import fid
from jebm_tf.evaluation.fid_small import fid_small
from jebm_tf.evaluation.hierarchical import hierarchical
from jebm_tf.evaluation.inception_score import inception_score
from jebm_tf.evaluation.interpolation import interpolation
from jebm_tf.evaluation.kid import kid
from jebm_tf.evaluation.likelihood import likelihood
from jebm_tf.evaluation.long_run import long_run
from jebm_tf.evaluation.ood import ood
from jebm_tf.evaluation.parameters import parameters
from jebm_tf.evaluation.reconstruction import reconstruction
from jebm_tf.evaluation.result import Result
from jebm_tf.evaluation.sampling_time import sampling_time
from jebm_tf.evaluation.transitions import transitions

_SENTENCE_END = re.compile(r"\.(?:\s+(?=[A-Z])|$)")


@dataclasses.dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
      run: called with an `EvaluationContext` and settings.
      title: for a report's heading.
    """

    run: Callable[..., Result]
    title: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.run.__name__


SHIPPED = (
    Task(parameters, "Parameters (Table 7)"),
    Task(sampling_time, "What the EBM adds to sampling (Table 7)"),
    Task(fid, "Fréchet Inception distance"),
    Task(kid, "Kernel Inception distance"),
    Task(inception_score, "Inception Score"),
    Task(fid_small, "Distances by a small classifier"),
    Task(likelihood, "Log-likelihood by annealed importance sampling"),
    Task(reconstruction, "Reconstruction"),
    Task(hierarchical, "What each layer decides (Fig. 6)"),
    Task(interpolation, "Interpolation"),
    Task(transitions, "Langevin transitions (Fig. 4)"),
    Task(long_run, "Long chains (Fig. 7)"),
    Task(ood, "Out-of-distribution detection (Fig. 5)"),
    Task(anomaly, "Anomaly detection (Table 4)"),
)


def in_order(functions: Iterable[Callable[..., Result]]) -> dict[str, Task]:
    """Tasks by name: the shipped ones in the order of a report, then the others by name.

    Args:
      functions: of tasks. One that is not shipped has the first sentence of its docstring for a title, or its name.
    """
    by_name = {function.__name__: function for function in functions}
    found = {task.name: task for task in SHIPPED if task.name in by_name}
    others = sorted(by_name.keys() - found.keys())
    return found | {name: Task(by_name[name], _title(by_name[name])) for name in others}


def _title(function: Callable) -> str:
    paragraph = " ".join((inspect.getdoc(function) or "").split("\n\n", 1)[0].split())
    return _SENTENCE_END.split(paragraph, 1)[0] or function.__name__
