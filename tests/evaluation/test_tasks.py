"""The titles and the order of tasks."""

import pytest

from jebm_tf.errors import UserError
from jebm_tf.evaluation.fid import fid
from jebm_tf.evaluation.ood import ood
from jebm_tf.evaluation.result import Result, require_result
from jebm_tf.evaluation.tasks import in_order


def wrapped(context):
    """A title that
    takes two lines, e.g. this. And more.

    Args:
      context: what is asked about.
    """


def test_shipped_tasks_have_their_order_and_titles_and_others_follow():
    found = in_order([wrapped, ood, fid])
    assert list(found) == ["fid", "ood", "wrapped"]
    assert found["ood"].title == "Out-of-distribution detection (Fig. 5)"
    assert found["wrapped"].run is wrapped


def test_a_title_is_the_first_sentence():
    def one_line(context):
        """Counts things in 0.5 s."""

    assert in_order([wrapped])["wrapped"].title == "A title that takes two lines, e.g. this"
    assert in_order([one_line])["one_line"].title == "Counts things in 0.5 s"


def test_a_task_must_return_a_result():
    result = Result({}, {})
    assert require_result(result, "mine") is result
    with pytest.raises(UserError, match="mine: returned dict, but a task returns a Result"):
        require_result({}, "mine")
