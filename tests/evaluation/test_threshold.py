"""A threshold lets the share of normal images pass that it is asked to, and is read back as it was."""

import numpy as np
import pytest

from jebm_tf.errors import UserError
from jebm_tf.evaluation import threshold
from jebm_tf.evaluation.threshold import Threshold


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99])
def test_the_share_that_passes(quantile):
    normal = np.random.default_rng(0).gamma(2.0, size=20_000)  # skewed, so that sides cannot be mixed up
    bound = Threshold("L>0", threshold.fit(normal, quantile), quantile, 1, 5, {})
    others = np.random.default_rng(1).gamma(2.0, size=20_000)
    assert np.mean(~bound.is_anomalous(others)) == pytest.approx(quantile, abs=0.01)
    assert bound.is_anomalous(np.array([-5.0, 50.0])).tolist() == [True, False]


def test_it_is_read_back(tmp_path):
    bound = Threshold("f_1", -3.25, 0.99, 70, 5, {"source": "here", "number": 10})
    bound.save(tmp_path / "threshold.json")
    assert threshold.load(tmp_path / "threshold.json") == bound
    assert threshold.load(tmp_path / "none.json") is None
    for text in ("{", "[]", '{"score": "f_1"}'):
        (tmp_path / "threshold.json").write_text(text)
        with pytest.raises(UserError, match="cannot be read as a threshold"):
            threshold.load(tmp_path / "threshold.json")


def test_what_no_number_of_images_or_too_few_can_tell():
    for quantile in (0.0, 1.0, 99.0):
        with pytest.raises(UserError, match="must be between 0 and 1"):
            threshold.fit(np.zeros(1000), quantile)
    with pytest.raises(UserError, match=r"quantile 0.99 of 99 images: needs at least 100"):
        threshold.fit(np.zeros(99), 0.99)
    threshold.fit(np.zeros(100), 0.99)
