"""Numbers of cells, and which cited rows may stand beside them."""

import math

import pytest

from jebm_tf.reproduction.cells import look_up, may_stand_beside, measure
from jebm_tf.reproduction.plan import TRAINING, Cell, Cited, Experiment, Row, Source, Table, Training
from jebm_tf.reproduction.runner import Findings

TERMS = [
    {"score": "-L>0", "auprc": 0.25, "auprc_std": 0.02},
    {"score": "-f_1", "auprc": 0.625, "auprc_std": None},
]
AUPRC = Source("anomaly", "auprc", ("terms", "score", "-f_1"))


def anomaly(share=0.36, **numbers):
    rows = [dict(row) for row in TERMS]
    rows[1] |= numbers
    return {
        "task": "anomaly",
        "numbers": {"share_of_anomalies": share, "auprc": 0.875},
        "protocol": {"posterior_samples": 5},
        "tables": {"terms": rows},
        "receipt": {},
    }


def test_a_number_is_found_among_the_numbers_or_in_its_row():
    assert look_up(anomaly(), AUPRC) == 0.625
    assert look_up(anomaly(), Source("anomaly", "auprc")) == 0.875
    assert look_up(anomaly(), Source("anomaly", "auprc", ("terms", "score", "-L>0")), "_std") == 0.02
    assert look_up(anomaly(), AUPRC, "_std") is None
    assert look_up(anomaly(), Source("anomaly", "auprc", ("terms", "score", "-f_2"))) is None
    assert look_up(anomaly(auprc=None), AUPRC) is None
    assert look_up(anomaly(auprc=math.nan), AUPRC) is None


def test_seeds_are_averaged_and_their_spread_is_that_of_a_sample():
    found = {
        "a": Findings({"anomaly": anomaly(auprc=0.5, auprc_std=0.125)}),
        "b": Findings({"anomaly": anomaly(auprc=0.75, auprc_std=0.25)}),
        "c": Findings(failures={TRAINING: "train: error: step 9: nan, so the run has diverged; and so on"}),
    }
    measured = measure(Cell(("a", "b", "c", "d"), AUPRC), found)
    assert measured.values == (0.5, 0.75)
    assert measured.mean == 0.625
    assert measured.spread == pytest.approx(0.25 / math.sqrt(2.0))
    assert measured.over_checkpoints == (0.125, 0.25)
    assert measured.missing == {"c": "diverged at step 9", "d": "not run yet"}


def test_one_seed_has_no_spread_and_none_has_no_number():
    assert measure(Cell(("a",), AUPRC), {"a": Findings({"anomaly": anomaly()})}).spread is None
    nothing = measure(Cell(("a",), AUPRC), {})
    assert nothing.mean is None
    assert nothing.missing == {"a": "not run yet"}


def test_an_answer_without_a_finite_number_says_so():
    found = {"a": Findings({"anomaly": anomaly(auprc=None)})}
    assert measure(Cell(("a",), AUPRC), found).missing == {"a": "no finite auprc"}


def cited(**changes):
    given = {"task": "anomaly", "within": {"share_of_anomalies": (0.32, 0.40)}, "data": "mnist", **changes}
    return Cited("paper", {"digit 9": 0.796}, "p", **given)


def beside(row, answers, data="mnist"):
    trainings = [Training(name, "k", data, ()) for name in answers]
    rows = (Row("ours", {"digit 9": Cell(tuple(answers), AUPRC)}),)
    table = Table("t", "T", ("digit 9",), rows, (row,), tuple(Experiment(t, {}) for t in trainings))
    return may_stand_beside(row, table, {name: Findings({"anomaly": found}) for name, found in answers.items()})


def test_a_cited_row_stands_beside_numbers_of_its_own_protocol_only():
    assert beside(cited(), {"a": anomaly(), "b": anomaly(0.39)})
    assert not beside(cited(), {"a": anomaly(), "b": anomaly(0.1)}), "another share of anomalies"
    assert not beside(cited(), {"a": anomaly()}, data="digits"), "other images"
    assert not beside(cited(task="fid"), {"a": anomaly()}), "another measure"
    assert not beside(cited(task=None), {"a": anomaly()}), "a row of no protocol that we have"
    assert not beside(cited(), {}), "nothing to stand beside"
    assert not beside(cited(within={"no such fact": (0.0, 1.0)}), {"a": anomaly()})
    assert beside(cited(within={"posterior_samples": (5, 5)}), {"a": anomaly()}), "a fact of the protocol"
