"""Proves that a benchmark measures what was planned, says why it skips, and gives a whole record."""

import json

from jebm_tf.benchmark import items, peaks, scaling
from jebm_tf.benchmark.run import Plan, benchmark
from jebm_tf.errors import UserError
from tests.benchmark.trainers import mle_trainer

SMALL = peaks.Product("matmul", (8, 8), (8, 8)), peaks.Product("convolution", (1, 8, 8, 2), (3, 3, 2, 2))


def test_a_record(monkeypatch):
    monkeypatch.setattr(peaks, "products_like", lambda calls: list(SMALL))
    monkeypatch.setattr(scaling, "measure", lambda trainer, batch, variable, repeats: {"values": [variable, repeats]})
    said = []
    plan = Plan(["prior chain", "posterior", "inception"], batch=3, repeats=7, scaling=True)
    found = benchmark(mle_trainer(), plan, said.append)
    assert said[:3] == ["peaks", "prior chain", "posterior"]
    assert list(found["items"]) == list(plan.names)
    assert len(found["items"]["prior chain"]["seconds"]) == 7
    assert found["items"]["posterior"]["share_of_peak"] > 0.0
    assert "--inception" in found["items"]["inception"]["skipped"]
    assert found["scaling"]["width"] == {"values": ["width", 5]}
    assert len(found["peaks"]) == 2 * len(SMALL)
    assert json.loads(json.dumps(found)) == found


def test_what_cannot_be_measured_is_skipped_with_the_reason(monkeypatch):
    def refuses(*args):
        raise UserError("no such thing")

    monkeypatch.setattr(peaks, "products_like", lambda calls: list(SMALL))
    monkeypatch.setattr(items, "make", refuses)
    monkeypatch.setattr(scaling, "measure", refuses)
    found = benchmark(mle_trainer(), Plan(["step"], 3, 3, scaling=True), lambda what: None)
    assert found["items"]["step"] == {"skipped": "no such thing"} == found["scaling"]["layers"]
