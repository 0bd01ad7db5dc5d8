"""A diverged run ends with one line; a healthy one, and a chain that strays, do not end it."""

import math
import types

import numpy as np
import pytest

from jebm_tf.callbacks.divergence import DivergedError, check_weights, stop_where_diverged
from tests.callbacks.test_checkpoints import trainer

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
    stop_where_diverged(TRAINER, 100.0, 30.0)(HEALTHY)


@pytest.mark.parametrize("name", ["prior_chain/acceptance", "eval/fid/fid"])
def test_a_stray_chain_or_evaluation_is_no_divergence(name):
    stop_where_diverged(TRAINER, 100.0, 30.0)({**HEALTHY, name: math.nan})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite(value):
    with pytest.raises(DivergedError, match=f"step 50: elbo is {value}, so the run has diverged"):
        stop_where_diverged(TRAINER, 100.0, 30.0)({**HEALTHY, "elbo": value})


@pytest.mark.parametrize("gaps", [(170.0, -60.0), (-50.0, -60.0)])
def test_the_sum_of_the_gaps_in_either_direction(gaps):
    row = {**HEALTHY, "f/1/gap": gaps[0], "f/2/gap": gaps[1]}
    with pytest.raises(DivergedError, match=r"f's gap is -?110, over Run.max_gap = 100, .*\Z"):
        stop_where_diverged(TRAINER, 100.0, 30.0)(row)


def gaps(sink, values):
    """How many rows with these gaps pass."""
    for number, value in enumerate(values):
        try:
            sink({**HEALTHY, "f/1/gap": value + 60.0})
        except DivergedError:
            return number
    return len(values)


def test_a_gap_that_leaves_its_band():
    """As plain heads run away at a fixed δ: 0.9 for long, then about twice as much from row to row."""
    runaway = [0.9] * 40 + [1.3, 2.6, 5.0, 11.0, 28.0, 60.0, 300.0]
    assert gaps(stop_where_diverged(TRAINER, 1e4, 30.0), runaway) == runaway.index(60.0)
    with pytest.raises(DivergedError, match=r"f's gap is 90 and was about 0.9, so the run has diverged"):
        gaps_sink = stop_where_diverged(TRAINER, 1e4, 30.0)
        gaps(gaps_sink, [0.9] * 30)
        gaps_sink({**HEALTHY, "f/1/gap": 150.0})


@pytest.mark.parametrize(
    "values",
    [
        [0.0] * 30 + [25.0] * 10,  # f begins to learn late
        list(np.linspace(0.0, 400.0, 120)),  # a gap that grows steadily, as in a second stage
        [-80.0, 40.0] * 40,
        [1000.0 / (1 + n) for n in range(80)],
        list(0.5 + 5.0 * np.abs(np.sin(np.arange(100.0)))),
    ],
)
def test_gaps_of_healthy_runs_pass(values):
    assert gaps(stop_where_diverged(TRAINER, 1e4, 30.0), values) == len(values)


def test_a_weight_or_moment_that_is_not_finite():
    of = trainer()
    check_weights(of)
    variable = of.optimizer.variables[-1]
    variable.assign(np.full(variable.shape, np.inf))
    with pytest.raises(DivergedError, match=r"step 0: grouped_adam/.* is not finite, so the run has diverged"):
        check_weights(of)
