"""Proves that the table says what the record holds."""

import pytest

from jebm_tf.benchmark import report
from jebm_tf.benchmark.comparison import Ratio
from tests.benchmark.records import made_up


def test_everything_is_said():
    lines = list(report.lines(made_up(uncounted=["Bilinear"])))
    text = "\n".join(lines)
    assert "Fast 9000 (avx2), 1 of 4 cores; load 0.5" in text
    assert "MLETrainer, batch 100, images 8x8x1, latents 4, 3" in text
    (matmul,) = [line for line in lines if line.startswith("matmul")]
    assert matmul.split()[-2:] == ["30.0", "cannot"]
    (chain,) = [line for line in lines if line.startswith("prior chain")]
    assert " ".join(chain.split()) == "prior chain 2 ms 1 ms to 4 ms 200 µs 0.90 0.002 1 50 % 70 % 2 MiB"
    (step,) = [line for line in lines if line.startswith("step")]
    assert step.split()[-6:] == ["-", "-", "-", "-", "2", "MiB"]
    assert [line for line in lines if line.split()[:4] == ["batch", "prior", "chain", "1,"]]
    assert "width: skipped: too deep" in lines
    assert "not counted: products within Bilinear" in lines


def test_skipped_items():
    assert "scores: skipped: why" in report.lines(made_up(items={"scores": {"skipped": "why"}}, scaling={}))


def test_ratios():
    lines = list(report.ratio_lines([Ratio("step", 0.5, 0.25, 1.5)], "old.json"))
    assert lines[0].split() == ["item", "time", "/", "old.json's", "by", "quartiles"]
    assert lines[1].split() == ["step", "0.500", "0.250", "to", "1.500"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1234.0, "1234 s"), (12.345, "12.3 s"), (1.0, "1 s"), (0.5, "500 ms"), (2.5e-3, "2.5 ms"), (3.21e-5, "32.1 µs")],
)
def test_durations(seconds, said):
    assert report.duration(seconds) == said


def test_no_line_ends_in_spaces():
    assert all(line == line.rstrip() for line in report.lines(made_up()))
