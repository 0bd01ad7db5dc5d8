"""The comparison shows what differs, every number under its own run, and only what is there."""

import json

import numpy as np

from jebm_tf import pictures
from jebm_tf.reporting import comparison
from tests.reporting.test_html import read


def run_with(path, gap, fid, steps):
    (path / "samples").mkdir(parents=True)
    rows = [{"step": step, "log_likelihood": float(step), "f/1/gap": gap} for step in steps]
    rows.append({"step": steps[-1], "training/fid_small": 3.0})
    (path / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for step in steps:
        pictures.save_png(path / "samples" / f"step_{step:08d}.png", np.zeros((4, 4, 3), np.uint8))
        folder = path / "evaluation" / f"step_{step:08d}"
        folder.mkdir(parents=True)
        (folder / "fid_small.json").write_text(json.dumps({"task": "fid_small", "numbers": {"fid_small": fid + step}}))
    return path


def test_what_differs_and_what_came_out(tmp_path):
    runs = {"one": run_with(tmp_path / "one", 0.25, 10.0, [5, 7]), "two": run_with(tmp_path / "two", 0.5, 20.0, [9])}
    settings = {"one": {"Run.seed": "0", "Run.epochs": "3"}, "two": {"Run.seed": "1", "Run.epochs": "3", "z": "<4>"}}
    parser = read(comparison.page(runs, settings))
    text = " ".join(parser.text)
    assert "Run.seed 0 1" in text and "z – <4>" in text
    assert "Run.epochs" not in text
    assert "fid_small: fid_small 17 29" in text  # each of its last step
    assert "one, step 7" in text and "two, step 9" in text
    assert [image["alt"] for image in parser.images] == ["log_likelihood", "f/1/gap", "one, step 7", "two, step 9"]


def test_runs_that_have_nothing_yet(tmp_path):
    (tmp_path / "one").mkdir()
    text = " ".join(read(comparison.page({"one": tmp_path / "one"}, {"one": {}})).text)
    assert "No run has been evaluated." in text
