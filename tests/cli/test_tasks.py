"""Own tasks stand beside the shipped ones, after them."""

from jebm_tf import registry
from jebm_tf.cli import tasks
from jebm_tf.evaluation.tasks import SHIPPED


def zoo(context):
    """How many animals there are."""


def aviary(context):
    pass


def test_own_tasks_come_last_by_name(own_names):
    for ask in (zoo, aviary):
        registry.register(ask)
    found = tasks.known()
    assert list(found) == [*(task.name for task in SHIPPED), "aviary", "zoo"]
    assert found["fid"].title == "Fréchet Inception distance"
    assert (found["zoo"].title, found["aviary"].title) == ("How many animals there are", "aviary")
