"""Proves that what varies varies, alone, and that slopes are those of the times."""

import pytest

from jebm_tf.benchmark import scaling
from jebm_tf.benchmark.timing import Times
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.errors import UserError
from tests.benchmark.trainers import mle_trainer, variational_trainer
from tests.small_models import dense_model


@pytest.fixture
def points(monkeypatch):
    """What is measured instead of being run: its cost by a formula."""
    seen = []

    def draws(point):
        seen.append(point)
        cost = point.prior.num_steps * point.batch**2
        return {"prior chain": Times((cost,) * 3, (1.0,) * 3), "posterior": Times((1.0,) * 3, (1.0,) * 3)}

    monkeypatch.setattr(scaling, "_draws", draws)
    monkeypatch.setattr(scaling, "times_of", lambda times, repeats: times)
    return seen


@pytest.mark.parametrize(
    ("variable", "values", "slope"), [("chain length k", [2, 3, 6, 12], 1.0), ("batch", [2, 4, 8, 16], 2.0)]
)
def test_slopes(points, variable, values, slope):
    found = scaling.measure(mle_trainer(), 4, variable, repeats=3)
    assert found["values"] == values
    assert found["chains"]["prior chain"]["slope"] == pytest.approx(slope)
    assert found["chains"]["posterior"]["slope"] == pytest.approx(0.0)
    assert len(found["chains"]["posterior"]["times"]) == len(found["chains"]["posterior"]["peak_bytes"]) == 4


def test_lengths_are_of_both_chains(points):
    scaling.measure(mle_trainer(), 4, "chain length k", repeats=3)
    assert [(p.prior.num_steps, p.posterior.num_steps) for p in points] == [(k, k) for k in (2, 3, 6, 12)]


def test_layers_and_widths(points):
    scaling.measure(mle_trainer(), 4, "layers", repeats=3)
    assert [len(p.model.dims) for p in points] == [1, 2, 4, 8]
    points.clear()
    scaling.measure(mle_trainer(), 4, "width", repeats=3)
    assert [p.model.energies[0].hidden for p in points] == [(2,), (5,), (10,), (20,)]


@pytest.mark.parametrize("trainer", [mle_trainer, variational_trainer])
def test_a_real_one(trainer):
    found = scaling.measure(trainer(), 2, "layers", repeats=3)
    assert found["values"] == [1, 2, 4, 8]
    assert set(found["chains"]) == {"prior chain", "posterior"}


def test_what_cannot_be_varied():
    trainer = mle_trainer()
    trainer.model = dense_model((2, 1))
    with pytest.raises(UserError, match="only shallow models"):
        scaling.measure(trainer, 4, "width", repeats=3)
    trainer.prior_sampler = PriorSampler()
    with pytest.raises(UserError, match="only chains and networks"):
        scaling.measure(trainer, 4, "batch", repeats=3)
