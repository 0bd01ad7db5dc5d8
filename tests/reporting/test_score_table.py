"""The table holds what was written, whole or not at all; the sheet the lowest and the highest of all parts."""

import csv

import numpy as np
import pytest
from PIL import Image

from jebm_tf.reporting.score_table import Extremes, ScoreTable


def test_rows_come_back(tmp_path):
    path = tmp_path / "a.csv"
    with ScoreTable(path, ["file", "anomalous", "L>0"]) as table:
        table.write(['odd,"name".png', "ü.png"], [1, 0], [-1.23456789012, 2e-12])
        assert not path.exists()
        table.write(["c.png"], [0], [3.0])
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == ["file", "anomalous", "L>0"]
    assert found[1:] == [['odd,"name".png', "1", "-1.23456789"], ["ü.png", "0", "2e-12"], ["c.png", "0", "3"]]


def test_of_a_table_that_failed_nothing_stays(tmp_path):
    with pytest.raises(RuntimeError, match="stop"), ScoreTable(tmp_path / "a.csv", ["file"]) as table:
        table.write(["a.png"])
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_the_extremes_of_many_parts(tmp_path, monkeypatch):
    scores = np.random.default_rng(0).permutation(100).astype(float)
    images = np.zeros((100, 4, 4, 1), np.uint8)
    extremes = Extremes(number=3)
    for rows in (slice(0, 40), slice(40, 41), slice(41, 100)):
        extremes.see([f"{score:g}.png" for score in scores[rows]], scores[rows], images[rows])
    shown = {}
    monkeypatch.setattr("jebm_tf.charts.sheet", lambda titled: shown.update(titled) or np.zeros((2, 2, 3), np.uint8))
    extremes.save(tmp_path / "a.png", "L>0")
    assert [[(name, score) for name, score, _ in row] for row in shown.values()] == [
        [("0.png", 0.0), ("1.png", 1.0), ("2.png", 2.0)],
        [("99.png", 99.0), ("98.png", 98.0), ("97.png", 97.0)],
    ]


def test_the_sheet_shows_the_pictures(tmp_path):
    extremes = Extremes(number=2)
    extremes.see(list("abc"), np.array([1.0, 2.0, 3.0]), np.full((3, 4, 4, 3), (250, 10, 20), np.uint8))
    extremes.save(tmp_path / "a.png", "L>0")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).reshape(-1, 3)
    assert (np.abs(pixels.astype(int) - (250, 10, 20)).max(-1) < 3).mean() > 0.05
