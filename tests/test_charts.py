"""Proves that charts are pictures of what they are given."""

import numpy as np

from jebm_tf import charts


def test_lines_show_every_curve_and_mark():
    x = range(10)
    one = charts.lines({"a": (x, x)}, xlabel="x", ylabel="y")
    two = charts.lines({"a": (x, x), "b": (x, x[::-1])}, xlabel="x", ylabel="y", marks=[(4.0, "here")])
    assert one.shape == two.shape == (540, 960, 3)
    assert one.dtype == np.uint8
    coloured = [np.ptp(image.astype(int), axis=-1) > 60 for image in (one, two)]
    assert 0 < coloured[0].sum() < coloured[1].sum()


def test_histograms_leave_outliers_out():
    rng = np.random.default_rng(0)
    values = {"a": rng.normal(size=1000), "b": rng.normal(3.0, size=1000)}
    plain = charts.histograms(values, xlabel="x", title="t")
    values["a"] = np.append(values["a"], 1e9)
    np.testing.assert_allclose(charts.histograms(values, xlabel="x", title="t").mean(), plain.mean(), rtol=0.02)


def test_histograms_of_a_constant_and_of_samples_far_apart():
    assert charts.histograms({"a": np.ones(5)}, xlabel="x").shape == (540, 960, 3)
    far = {"a": np.arange(1000.0), "b": np.array([1e9])}  # all of b is outside the bins
    assert charts.histograms(far, xlabel="x").shape == (540, 960, 3)
