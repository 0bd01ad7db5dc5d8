"""Proves that an answer on disk is whole, is JSON, and names its pictures."""

import json

import numpy as np
from PIL import Image

from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.reporting import writer


def answer(**settings):
    picture = Picture(np.full((4, 6, 1), 7, np.uint8), "Seven.")
    return Result(
        {"a": np.float32(1.5), "b": float("nan"), "c": 3},
        {"numbers": (np.int64(1), 2)},
        tables={"t": [{"x": "α", "y": None}]},
        curves={"k": [1.0, float("inf")]},
        pictures={"p": picture},
        notes=("careful",),
        **settings,
    )


def test_numbers_pictures_and_receipt(tmp_path):
    path = writer.write(answer(), "fid", {"step": 5}, tmp_path / "new")
    found = json.loads(path.read_text())
    assert found["title"] == "fid"  # its name, where it has no other
    assert found["numbers"] == {"a": 1.5, "b": None, "c": 3}
    assert found["protocol"] == {"numbers": [1, 2]}
    assert found["curves"] == {"k": [1.0, None]}
    assert found["tables"] == {"t": [{"x": "α", "y": None}]}
    assert found["receipt"] == {"step": 5}
    assert found["pictures"] == [{"file": "fid_p.png", "caption": "Seven."}]
    with Image.open(path.parent / "fid_p.png") as image:
        assert image.size == (6, 4)
    assert sorted(p.name for p in path.parent.iterdir()) == ["fid.json", "fid_p.png"]
