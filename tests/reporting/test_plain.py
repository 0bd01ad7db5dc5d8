"""Proves that anything a command finds can be written as JSON."""

import json
from pathlib import Path

import numpy as np

from jebm_tf.reporting.plain import plain


def test_values_become_json_s():
    value = {
        1: (np.float32(0.5), np.int64(3)),
        "path": Path("a/b"),
        "gone": [float("nan"), np.float64("inf")],
        "no": None,
    }
    expected = {"1": [0.5, 3], "path": "a/b", "gone": [None, None], "no": None}
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)
