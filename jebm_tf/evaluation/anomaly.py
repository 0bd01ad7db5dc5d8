"""Anomaly detection with a class held out of training (Sec. 5.3, Table 4)."""

import numpy as np
from sklearn import metrics

from jebm_tf import charts
from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.detection import detect
from jebm_tf.evaluation.result import Picture, Result, Row
from jebm_tf.evaluation.scores import Kind, Scores, image_scores

Measured = tuple[float, float, float]
_HEADLINE = "L>0"
_MEASURES = ("auprc_average_precision", "auprc_trapezoid", "auroc")


def anomaly(
    context: EvaluationContext,
    *,
    split: str = "test",
    num_images: int | None = None,
    num_samples: int = 5,
    epochs: int = 10,
) -> Result:
    """Table 4's protocol: classes that training never saw against the others, on images that training never saw.

    The classes are those of `load_images.exclude_labels`, or else those that only `split` has images of, as in a folder
    whose training images are all normal. What share of the images are anomalies is decided by the run's own
    `load_images.join`. AUPRC depends on it, so that numbers of different shares must not be compared; it is reported by
    both ways to compute it.

    The anomaly is the positive class, its score −L^{>0}; every term of the score is scored by itself too. All of it at
    each of the last checkpoints of the run, which are an epoch apart where the run's settings say so, as mean and
    standard deviation over them.

    Args:
      context: the model.
      split: of the test images, of which those with held-out labels are the anomalies.
      num_images: at most so many, evenly spread; None for all.
      num_samples: of the posterior, for each image.
      epochs: at most so many checkpoints, the last ones.

    Raises:
      UserError: no class was held out, or the images have no labels.
    """
    held_out, images, is_anomaly = _normal_and_anomalous(context, split, num_images)
    steps, scores = [], []
    for step in context.checkpoints(epochs):
        steps.append(step)
        scores.append(image_scores(context, images.images, num_samples))
    if not scores:
        raise UserError("anomaly: there is no checkpoint to evaluate")
    measured = {name: [_measure(found[name], is_anomaly) for found in scores] for name in scores[0]}
    rows = {name: _row(scores[-1].negated(name), values) for name, values in measured.items()}
    headline = rows[_HEADLINE]
    numbers = {name: headline[name] for measure in _MEASURES for name in (measure, f"{measure}_std")}
    numbers["share_of_anomalies"] = float(is_anomaly.mean())
    protocol = {
        "held_out_labels": [images.name_of(label) if images.class_names else label for label in held_out],
        "images": describe(images),
        "anomalies": int(is_anomaly.sum()),
        "posterior_samples": num_samples,
        "checkpoint_steps": steps,
        "auprc_average_precision": "Σ (precision at each threshold) x (rise of recall there)",
        "auprc_trapezoid": "area under the straight lines between those points",
        "positive_class": "anomaly; the share of anomalies is what AUPRC would be by chance",
        "spread": "standard deviation over checkpoints",
    }
    pictures = _pictures(steps, measured, scores[-1], is_anomaly)
    return Result(numbers, protocol, tables={"terms": list(rows.values())}, pictures=pictures)


def _normal_and_anomalous(
    context: EvaluationContext, split: str, num_images: int | None
) -> tuple[tuple[int, ...], ImageSet, np.ndarray]:
    """The labels that training never saw, images with and without them, and which are which."""
    train, images = context.images("train"), context.images(split, keep_excluded=True)
    held_out = train.left_out or unseen(train, images)
    if not held_out:
        raise UserError(
            "anomaly: no class was held out of training; train with, for example, load_images.exclude_labels = (1,)"
        )
    images = images.labelled().subsample(num_images)
    is_anomaly = np.isin(np.asarray(images.labels), held_out)
    if is_anomaly.all() or not is_anomaly.any():
        names = ", ".join(map(images.name_of, held_out))
        raise UserError(f"anomaly: {images.source} needs images with and without the labels {names}")
    return held_out, images, is_anomaly


def unseen(train: ImageSet, images: ImageSet) -> tuple[int, ...]:
    """The classes of `images` that `train` has no image of."""
    if train.labels is None or images.labels is None:
        return ()
    return tuple(sorted(set(images.labels[images.labels >= 0].tolist()) - set(train.labels.tolist())))


def _measure(score: np.ndarray, is_anomaly: np.ndarray) -> Measured:
    """Each of `_MEASURES` for the negated score with anomalies as the positive class."""
    found = detect(score[~is_anomaly], score[is_anomaly])
    precision, recall, _ = metrics.precision_recall_curve(is_anomaly, -score)
    return found.auprc_outside, float(metrics.auc(recall, precision)), found.auroc


def _row(negated: str, values: list[Measured]) -> Row:
    row: Row = {"score": negated}
    for measure, of_checkpoints in zip(_MEASURES, np.array(values).T, strict=True):
        row[measure] = float(of_checkpoints.mean())
        row[f"{measure}_std"] = float(of_checkpoints.std(ddof=1)) if len(values) > 1 else None
    return row | {"checkpoints": len(values)}


def _pictures(
    steps: list[int], measured: dict[str, list[Measured]], scores: Scores, is_anomaly: np.ndarray
) -> dict[str, Picture]:
    samples = {"normal": -scores[_HEADLINE][~is_anomaly], "anomalies": -scores[_HEADLINE][is_anomaly]}
    found = {
        "histogram": Picture(
            charts.histograms(samples, xlabel="−L>0, nats"), "The paper's score at the last checkpoint."
        )
    }
    if len(steps) > 1:
        shown = {
            scores.negated(name): (steps, [auprc for auprc, *_ in values])
            for name, values in measured.items()
            if name == _HEADLINE or scores.kind(name) in (Kind.ENERGY, Kind.LIKELIHOOD)
        }
        chart = charts.lines(shown, xlabel="step", ylabel="AUPRC (average precision), anomaly positive")
        found["auprc"] = Picture(chart, "AUPRC at each checkpoint.")
    return found
