"""The tasks that can be asked for: the shipped ones and a user's own."""

import jebm_tf.components  # noqa: F401  (registers the shipped ones)
from jebm_tf import registry
from jebm_tf.evaluation.tasks import Task, in_order


def known() -> dict[str, Task]:
    """Every registered task by name, in the order of a report."""
    return in_order(registry.tasks().values())
