"""Proves that ratios are those of medians and quartiles, and that other work is refused in one line."""

import pytest

from jebm_tf.benchmark import comparison
from jebm_tf.benchmark.comparison import Ratio
from jebm_tf.errors import UserError
from tests.benchmark.records import item, made_up


def test_ratios_of_what_both_have():
    now = made_up(items={"prior chain": item(6e-3), "step": {"skipped": "why"}, "new": item()})
    (found,) = comparison.ratios(now, made_up())
    assert found == Ratio("prior chain", pytest.approx(3.0), pytest.approx(0.75), pytest.approx(12.0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch": 50}, "batch was 50 there and is 100 here"),
        (
            {"prior_sampler": {"sampler": "PriorChain", "num_steps": 9}},
            "prior_sampler, num_steps was 9 there and is 20",
        ),
        ({"latents": None}, "latents was None there"),
    ],
)
def test_other_work(changes, said):
    comparison.check(made_up(), made_up(), "old.json")
    other = made_up(work=made_up()["work"] | changes)
    with pytest.raises(UserError, match=f"--compare=old.json: of other work: {said}") as error:
        comparison.check(made_up(), other, "old.json")
    assert "\n" not in str(error.value)
