"""Proves the protocol of anomaly detection: which side is positive, and what is averaged over what."""

from dataclasses import replace

import numpy as np
import pytest

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation.anomaly import _measure, anomaly
from tests.evaluation.contexts import context_of, random_images
from tests.small_models import conv_model, randomize


def labelled(context):
    """40 images of the model's own with label 0, and 10 of noise with label 1."""
    images = np.concatenate([context.samples(40), random_images(10).images])
    return ImageSet(images, np.repeat([0, 1], [40, 10]), "mixed")


def prepared(held_out, **settings):
    context = context_of(conv_model(), **settings)
    mixed = labelled(context)
    asked = []

    def images(split, **given):
        asked.append((split, given))
        return mixed if given else replace(mixed, left_out=held_out)

    return replace(context, images=images), asked


def test_the_anomaly_is_the_positive_class():
    context, asked = prepared(held_out=(1,), checkpoints=lambda number: iter([7]))
    found = anomaly(context, num_samples=1)
    assert found.numbers["auprc_average_precision"] == pytest.approx(1.0)
    assert found.numbers["auroc"] == 1.0
    assert found.numbers["share_of_anomalies"] == 0.2
    assert found.numbers["auprc_average_precision_std"] is None  # one checkpoint
    assert asked == [("train", {}), ("test", {"keep_excluded": True})]
    rows = {row["score"]: row for row in found.tables["terms"]}
    assert {"-L>0", "-f_1", "-log p(x|z)", "-log p(z_2)", "squared error"} <= rows.keys()
    assert rows["squared error"]["auprc_average_precision"] == pytest.approx(1.0)


def test_both_areas_by_hand():
    """Scores 4 3 2 1 with anomalies at 4 and 2: precision 1, 1/2, 2/3, 1/2 at recall 1/2, 1/2, 1, 1."""
    average, trapezoid, auroc = _measure(-np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False]))
    assert average == pytest.approx(0.5 * 1.0 + 0.5 * 2 / 3)
    assert trapezoid == pytest.approx(0.5 * 1.0 + 0.5 * (0.5 + 2 / 3) / 2)
    assert auroc == pytest.approx(0.75)


def test_normal_images_held_out_instead_would_score_by_chance_or_less():
    context, _ = prepared(held_out=(0,), checkpoints=lambda number: iter([7]))
    assert anomaly(context, num_samples=1).numbers["auroc"] == 0.0


def test_mean_and_spread_are_over_checkpoints():
    steps = [10, 20, 30]

    def visit(of):
        for step in of:
            randomize(context.model, seed=step, scale=0.2)
            yield step

    context, _ = prepared(held_out=(1,))
    whole = anomaly(replace(context, checkpoints=lambda number: visit(steps[-number:])), num_samples=1, epochs=3)
    assert whole.protocol["checkpoint_steps"] == steps
    singly = [
        anomaly(replace(context, checkpoints=lambda _, step=step: visit([step])), num_samples=1).tables["terms"]
        for step in steps
    ]
    for i, row in enumerate(whole.tables["terms"]):
        values = [rows[i]["auprc_average_precision"] for rows in singly]
        assert row["auprc_average_precision"] == pytest.approx(np.mean(values))
        assert row["auprc_average_precision_std"] == pytest.approx(np.std(values, ddof=1))
    assert "auprc" in whole.pictures


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(UserError, match="no class was held out"):
        anomaly(context_of(conv_model()))
    bare = ImageSet(random_images(4).images, None, "bare", left_out=(1,))
    with pytest.raises(UserError, match="bare: no labels"):
        anomaly(context_of(conv_model(), images=bare))
    labelled_images = replace(random_images(6), left_out=(1,))
    with pytest.raises(UserError, match="no checkpoint"):
        anomaly(context_of(conv_model(), images=labelled_images))
    with pytest.raises(UserError, match="with and without"):
        anomaly(context_of(conv_model(), images=replace(labelled_images, left_out=(8,))))


def test_classes_that_only_the_tests_have_are_the_anomalies_and_unlabelled_images_are_neither():
    context, _ = prepared(held_out=(), checkpoints=lambda number: iter([7]))
    mixed = replace(labelled(context), class_names=("good", "bent"))
    unlabelled = np.concatenate([mixed.labels[:-2], [-1, -1]])
    good = replace(mixed, images=mixed.images[:40], labels=mixed.labels[:40])
    of = {"train": good, "test": replace(mixed, labels=unlabelled)}
    found = anomaly(replace(context, images=lambda split, **_: of[split]), num_samples=1)
    assert found.protocol["held_out_labels"] == ["bent"]
    assert (found.protocol["anomalies"], found.protocol["images"]["number"]) == (8, 48)
    assert found.numbers["auroc"] == 1.0
