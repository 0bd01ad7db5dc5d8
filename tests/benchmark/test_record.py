"""Proves that records come back as they were written, and what work is."""

import json

import pytest

from jebm_tf.benchmark import record
from jebm_tf.benchmark.items import Item
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.benchmark.peaks import Measured, Product
from jebm_tf.benchmark.timing import Times
from jebm_tf.errors import UserError
from tests.benchmark.records import made_up
from tests.benchmark.trainers import mle_trainer, variational_trainer

TIMES = Times((2.0, 4.0, 6.0), (1.0, 1.0, 4.0))
MEASURED = [Measured(Product("matmul", (1, 1), (1, 1)), "float32", Times((0.5,), (0.5,)))]  # 4 operations per second


def test_there_and_back(tmp_path):
    record.write(tmp_path / "benchmark.json", made_up())
    assert record.read(tmp_path / "benchmark.json") == made_up()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 0}', '{"format": 1}'])
def test_what_is_no_record(tmp_path, text):
    (tmp_path / "some.json").write_text(text)
    with pytest.raises(UserError, match=r"some\.json: (cannot be read|is not)"):
        record.read(tmp_path / "some.json")
    with pytest.raises(UserError, match="cannot be read"):
        record.read(tmp_path / "none.json")


def test_an_item():
    item = Item("step", "all", 5, lambda repeats: TIMES, Flops(dense=8))
    found = record.of_item(item, TIMES, 7, MEASURED)
    assert (found["median"], found["quartiles"], found["cores"]) == (4.0, [3.0, 5.0], 0.5)
    assert (found["arithmetic_limit"], found["share_of_peak"], found["peak_bytes"]) == (2.0, 0.5, 7)
    assert found["processor_share_of_peak"] == 2.0
    assert found["flops"] == {"matmul": 8, "convolution": 0}
    uncounted = record.of_item(Item("step", "all", 5, lambda repeats: TIMES, None), TIMES, None, MEASURED)
    assert uncounted["share_of_peak"] is uncounted["flops"] is None


def test_work_is_what_is_computed_and_json():
    work = record.work_of(mle_trainer(), 7)
    assert (work["batch"], work["latents"], work["trainer"]) == (7, [4, 3], "MLETrainer")
    assert work["parameters"]["f_1"] == 4 * 5 + 5 + 5 + 1
    assert work["prior_sampler"]["num_steps"] == 3
    assert json.loads(json.dumps(work)) == work == record.work_of(mle_trainer(), 7)
    assert work != record.work_of(variational_trainer(), 7)


def test_a_peak():
    found = record.of_peak(MEASURED[0])
    assert (found["shapes"], found["flops_per_second"], found["seconds"]) == ("1x1 · 1x1", 4.0, [0.5])
