"""A diverged run ends with one line; a healthy one, and a chain that strays, do not end it."""

import math
import types

import pytest

from jebm_tf.callbacks.divergence import stop_where_diverged
from jebm_tf.errors import UserError

TRAINER = types.SimpleNamespace(
    step=50,
    gap_names=["f/1/gap", "f/2/gap"],
    scalars=types.SimpleNamespace(scalar_names=("f/1/gap", "f/2/gap", "f/1/posterior", "elbo", "absent")),
)
HEALTHY = {
    "step": 50,
    "f/1/gap": 0.5,
    "f/2/gap": -60.0,
    "f/1/posterior": 1e6,
    "elbo": -1e5,
    "prior_chain/f/gap/last": 1e9,
}


def test_a_healthy_row_passes():
    stop_where_diverged(TRAINER, 100.0)(HEALTHY)


@pytest.mark.parametrize("name", ["prior_chain/acceptance", "eval/fid/fid"])
def test_a_stray_chain_or_evaluation_is_no_divergence(name):
    stop_where_diverged(TRAINER, 100.0)({**HEALTHY, name: math.nan})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite(value):
    with pytest.raises(UserError, match=f"step 50: elbo is {value}, so the run has diverged"):
        stop_where_diverged(TRAINER, 100.0)({**HEALTHY, "elbo": value})


@pytest.mark.parametrize("gaps", [(170.0, -60.0), (-50.0, -60.0)])
def test_the_sum_of_the_gaps_in_either_direction(gaps):
    row = {**HEALTHY, "f/1/gap": gaps[0], "f/2/gap": gaps[1]}
    with pytest.raises(UserError, match=r"f's gap is -?110, over Run.max_gap = 100, .*\Z"):
        stop_where_diverged(TRAINER, 100.0)(row)
