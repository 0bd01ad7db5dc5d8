"""From a trained run and a source of images to a table of scores, and to a threshold."""

import dataclasses
import sys
from pathlib import Path

import numpy as np

from jebm_tf.chains.sampling import BLOCK
from jebm_tf.cli import answer
from jebm_tf.data.images import ImageSet
from jebm_tf.data.picture_source import ArraySource, Part, PictureSource, open_source
from jebm_tf.errors import UserError
from jebm_tf.evaluation import threshold as thresholds
from jebm_tf.evaluation.anomaly import unseen
from jebm_tf.evaluation.context import describe
from jebm_tf.evaluation.progress import silent
from jebm_tf.evaluation.scores import ImageScorer, Kind, Scores
from jebm_tf.evaluation.threshold import Threshold
from jebm_tf.reporting.score_table import Extremes, ScoreTable
from jebm_tf.trained_run import TrainedRun

_PART = 4 * BLOCK  # images that are in memory at once
_PARTIAL = 1  # exit status where some images could not be read


def threshold_file(run: TrainedRun) -> Path:
    """Where a run keeps its threshold."""
    return run.directory / "threshold.json"


def source_of(run: TrainedRun, path: Path | None, split: str) -> PictureSource:
    """The images at a path, or else those of a split of the run's own data, left-out classes included.

    Raises:
      UserError: there are none, or they cannot be read.
    """
    if path is not None:
        return open_source(path, split, run.preprocessing)
    return ArraySource(run.context.images(split, keep_excluded=True))


def fit_threshold(run: TrainedRun, split: str, quantile: float, by: str, num_samples: int) -> None:
    """Fits a threshold to the normal images of a split, keeps it in the run directory and says what it is.

    Images of classes that training never saw are not normal; where they are known they do not count.

    Raises:
      UserError: there is no such score, or there are too few images for the quantile.
    """
    images = _normal(run, split)
    scores = ImageScorer(run.context, num_samples)(images.images)
    _require(scores, by)
    value = thresholds.fit(scores[by], quantile)
    found = Threshold(by, value, quantile, run.step, num_samples, describe(images))
    found.save(threshold_file(run))
    answer.add(threshold=dataclasses.asdict(found))
    print(f"{threshold_file(run)}: anomalous below {by} = {value:.6g}, {quantile:g} of {len(images)} images are not")


def _normal(run: TrainedRun, split: str) -> ImageSet:
    train, images = run.context.images("train"), run.context.images(split)
    strange = unseen(train, images)
    if not strange or images.labels is None:
        return images
    kept = ~np.isin(images.labels, strange)
    return images.take(np.flatnonzero(kept))


def score(
    run: TrainedRun, source: PictureSource, output: Path, *, by: str, num_samples: int, threshold: Threshold | None
) -> int | None:
    """Writes a table of the scores of every image, and a sheet of the extremes beside it.

    Args:
      run: the run.
      source: of the images.
      output: the table's file.
      by: the score that the sheet is sorted by.
      num_samples: of the posterior, for each image.
      threshold: adds a column, "anomalous", 1 or 0.

    Returns:
      The exit status: 1 where some images could not be read, which are said and not in the table.

    Raises:
      UserError: there is no such score, or the threshold is of other weights or another number of samples.
    """
    _check_threshold(run, threshold, num_samples)
    scorer = ImageScorer(dataclasses.replace(run.context, progress=silent), num_samples)
    columns = _columns(scorer(np.zeros([1, *run.preprocessing.shape], np.uint8)), by)
    extremes, unread, anomalous = Extremes(), 0, 0
    with ScoreTable(output, ["file", "class", *(["anomalous"] if threshold else []), *columns]) as table:
        number = -(-len(source) // _PART)
        for i, part in enumerate(run.context.progress(source.parts(_PART), number, f"images, x{_PART}")):
            scores = scorer(part.images, first=i * _PART)
            kept = part.readable()
            verdict = threshold.is_anomalous(scores[threshold.score]) if threshold else np.zeros(len(part.names), bool)
            table.write(*_cells(part, kept, verdict if threshold else None, scores))
            extremes.see([part.names[row] for row in kept], scores[by][kept], part.images[kept])
            anomalous += int(verdict[kept].sum())
            unread += _say_broken(part)
        if unread == len(source):
            raise UserError(f"{source.source}: none of {unread} images can be read")
    sheet = output.with_suffix(".png")
    extremes.save(sheet, by)
    answer.add(run_dir=run.directory, step=run.step, output=output, sheet=sheet)
    answer.add(num_images=len(source), unread=unread, anomalous=anomalous if threshold else None)
    found = f", {anomalous} anomalous" if threshold else ""
    print(f"{output}: {len(source) - unread} images of {source.source}{found}; the extremes: {sheet}")
    if not unread:
        return None
    print(f"{unread} of {len(source)} images could not be read, and are not in the table", file=sys.stderr)
    return _PARTIAL


def _columns(scores: Scores, by: str) -> list[str]:
    """What the table calls the scores: errors are errors there, not their negatives."""
    _require(scores, by)
    return [scores.negated(name) if scores.kind(name) is Kind.BASELINE else name for name in scores]


def _cells(part: Part, kept: list[int], verdict: np.ndarray | None, scores: Scores) -> list[list]:
    """The table's columns for the images that are kept."""
    columns = [] if verdict is None else [verdict.astype(int)]
    columns += [-values if scores.kind(name) is Kind.BASELINE else values for name, values in scores.items()]
    texts = [[column[row] for row in kept] for column in (part.names, part.classes)]
    return texts + [values[kept].tolist() for values in columns]


def _require(scores: Scores, name: str) -> None:
    if name not in scores:
        raise UserError(f"--by={name}: no such score; there are {', '.join(scores)}")


def _check_threshold(run: TrainedRun, threshold: Threshold | None, num_samples: int) -> None:
    if threshold is None:
        return
    for what, now, then in (
        ("step", run.step, threshold.step),
        ("num_samples", num_samples, threshold.num_samples),
    ):
        if now != then:
            raise UserError(
                f"{threshold_file(run)}: was fitted at {what} {then}, not {now}; fit it again by --fit_threshold, or"
                " remove it"
            )


def _say_broken(part: Part) -> int:
    for line in part.broken.values():
        print(line, file=sys.stderr)
    return len(part.broken)
