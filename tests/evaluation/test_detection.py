"""Proves detection measures against scikit-learn, tied scores and weights among them, and their intervals."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from jebm_tf.errors import UserError
from jebm_tf.evaluation.detection import bootstrap, detect, table, weighted


def scores(seed=0, inside=200, outside=120, levels=None):
    rng = np.random.default_rng(seed)
    found = rng.normal(1.0, 1.0, inside), rng.normal(0.0, 1.3, outside)
    return tuple(np.round(s * levels) / levels for s in found) if levels else found


def test_by_hand():
    found = detect(np.array([3.0, 2.0, 2.0]), np.array([2.0, 1.0]))
    # Pairs: 3 beats both, each 2 ties with one and beats the other: (2 + 1.5 + 1.5) / 6.
    assert found.auroc == pytest.approx(5.0 / 6.0)
    assert found.auprc_inside == pytest.approx(1.0 / 3.0 + 2.0 / 3.0 * 3.0 / 4.0)
    assert found.auprc_outside == pytest.approx(0.5 + 0.5 * 2.0 / 4.0)
    assert found.fpr95 == pytest.approx(0.5)


@pytest.mark.parametrize("levels", [None, 3, 1])
def test_counts_give_what_scikit_learn_gives(levels):
    inside, outside = scores(levels=levels)
    values = np.unique(np.concatenate([inside, outside]))
    counts = [(s[:, None] == values).sum(axis=0).astype(float) for s in (inside, outside)]
    for ours, theirs in zip(
        dataclasses.astuple(weighted(*counts)), dataclasses.astuple(detect(inside, outside)), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_weights_are_weights():
    inside, outside = scores(levels=3)
    values = np.unique(np.concatenate([inside, outside]))
    rng = np.random.default_rng(5)
    weights = rng.integers(0, 4, len(inside)), rng.integers(0, 4, len(outside))
    counts = [
        np.array([w[s == v].sum() for v in values], float) for s, w in zip((inside, outside), weights, strict=True)
    ]
    found = weighted(*counts)
    labels = np.repeat([1, 0], [len(inside), len(outside)])
    pooled, weight = np.concatenate([inside, outside]), np.concatenate(weights)
    assert found.auroc == pytest.approx(roc_auc_score(labels, pooled, sample_weight=weight))
    assert found.auprc_inside == pytest.approx(average_precision_score(labels, pooled, sample_weight=weight))
    assert found.auprc_outside == pytest.approx(average_precision_score(1 - labels, -pooled, sample_weight=weight))


def test_intervals_cover_the_truth_as_often_as_they_say():
    truth = 0.7602499  # Φ(1 / √2) for N(1, 1) against N(0, 1)
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        low, high = bootstrap(rng.normal(1.0, 1.0, 80), rng.normal(0.0, 1.0, 60), 200, seed)["auroc"]
        covered += low <= truth <= high
    assert 88 <= covered <= 100  # 95 expected, standard deviation 2.2


def test_intervals_surround_the_estimate_and_repeat():
    inside, outside = scores()
    found = bootstrap(inside, outside, 300, seed=1)
    for name, value in dataclasses.asdict(detect(inside, outside)).items():
        low, high = found[name]
        assert low < value < high
    assert found == bootstrap(inside, outside, 300, seed=1)


def test_swapping_the_sides_turns_the_measures_round():
    inside, outside = scores()
    one, other = detect(inside, outside), detect(-outside, -inside)
    assert one.auroc == pytest.approx(other.auroc)
    assert one.auprc_inside == pytest.approx(other.auprc_outside)


def test_a_table_names_its_sides():
    (row,) = table({"s": scores()}, resamples=20, seed=0, sides=("in", "out"))
    assert row["score"] == "s"
    assert row["auprc_in_low"] < row["auprc_in"] < row["auprc_in_high"]
    assert row["mean_in"] > row["mean_out"]
    (plain,) = table({"s": scores()}, resamples=0, seed=0, sides=("in", "out"))
    assert "auroc_low" not in plain


def test_scores_that_are_not_numbers_are_refused():
    with pytest.raises(UserError, match="1 of 3 scores are not finite"):
        detect(np.array([1.0, np.nan]), np.array([0.0]))
