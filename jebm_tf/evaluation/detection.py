"""How well a score tells two sets apart: AUROC, AUPRC and FPR95, with bootstrap intervals."""

import dataclasses

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from jebm_tf.errors import UserError
from jebm_tf.evaluation.result import Row

_RECALL = 0.95


@dataclasses.dataclass(frozen=True)
class Detection:
    """Measures of a score that is meant to be higher on one set ("inside") than on the other ("outside").

    Attributes:
      auroc: the probability that a random inside score is above a random outside one, ties counting half.
      auprc_inside, auprc_outside: average precision with either set as the positive one.
      fpr95: the share of outside scores above the threshold that at least 95 % of the inside ones reach.
    """

    auroc: float
    auprc_inside: float
    auprc_outside: float
    fpr95: float


def detect(inside: np.ndarray, outside: np.ndarray) -> Detection:
    """The measures of scores `[number]`, by scikit-learn.

    Raises:
      UserError: a score is not a finite number.
    """
    scores = np.concatenate([inside, outside]).astype(np.float64)
    if not np.isfinite(scores).all():
        raise UserError(
            f"{np.sum(~np.isfinite(scores))} of {len(scores)} scores are not finite; the model has diverged"
        )
    is_inside = np.arange(len(scores)) < len(inside)
    false_rate, true_rate, _ = roc_curve(is_inside, scores, drop_intermediate=False)
    return Detection(
        auroc=float(roc_auc_score(is_inside, scores)),
        auprc_inside=float(average_precision_score(is_inside, scores)),
        auprc_outside=float(average_precision_score(~is_inside, -scores)),
        fpr95=float(false_rate[np.argmax(true_rate >= _RECALL)]),
    )


def bootstrap(inside: np.ndarray, outside: np.ndarray, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of the measures, by drawing both sets anew with replacement.

    Scores are sorted once; a resample is a weight for each distinct score.
    """
    values, place = np.unique(np.concatenate([inside, outside]).astype(np.float64), return_inverse=True)
    rng = np.random.default_rng(seed)
    places = place[: len(inside)], place[len(inside) :]
    found = []
    for _ in range(resamples):
        counts = [np.bincount(rng.choice(p, len(p)), minlength=len(values)).astype(np.float64) for p in places]
        found.append(dataclasses.astuple(weighted(*counts)))
    low, high = np.quantile(found, [0.025, 0.975], axis=0)
    names = [field.name for field in dataclasses.fields(Detection)]
    return {name: (float(a), float(b)) for name, a, b in zip(names, low, high, strict=True)}


def weighted(inside: np.ndarray, outside: np.ndarray) -> Detection:
    """The measures where `inside` and `outside` count how often each distinct score occurs, in rising order."""
    # At each distinct score as the threshold: how many of either set reach it.
    above_in, above_out = np.cumsum(inside[::-1])[::-1], np.cumsum(outside[::-1])[::-1]
    total_in, total_out = above_in[0], above_out[0]
    below_out = total_out - above_out
    # Pairs in which the inside score is higher, ties counting half, over all pairs.
    auroc = np.sum(inside * (below_out + 0.5 * outside)) / (total_in * total_out)
    reached = above_in >= _RECALL * total_in
    return Detection(
        auroc=float(auroc),
        auprc_inside=_average_precision(inside, above_in, above_out),
        auprc_outside=_average_precision(outside, total_out - above_out + outside, total_in - above_in + inside),
        fpr95=float(above_out[reached][-1] / total_out),
    )


def _average_precision(hits: np.ndarray, positives: np.ndarray, negatives: np.ndarray) -> float:
    """Σ (precision at each threshold) x (rise of recall there)."""
    seen = positives + negatives
    precision = np.divide(positives, seen, out=np.zeros_like(positives), where=seen > 0)
    return float(np.sum(hits * precision) / np.sum(hits))


def table(
    scores: dict[str, tuple[np.ndarray, np.ndarray]], resamples: int, seed: int, sides: tuple[str, str]
) -> list[Row]:
    """One row per score: the measures, their intervals and the means on both sides.

    Args:
      scores: inside and outside scores by name.
      resamples: of the bootstrap; 0 for no intervals.
      seed: of the bootstrap.
      sides: what inside and outside are called.
    """
    rows = []
    for name, (inside, outside) in scores.items():
        row: Row = {"score": name}
        intervals = bootstrap(inside, outside, resamples, seed) if resamples else {}
        for measure, value in dataclasses.asdict(detect(inside, outside)).items():
            column = measure.replace("inside", sides[0]).replace("outside", sides[1])
            row[column] = value
            if intervals:
                row[f"{column}_low"], row[f"{column}_high"] = intervals[measure]
        rows.append(row | {f"mean_{sides[0]}": float(np.mean(inside)), f"mean_{sides[1]}": float(np.mean(outside))})
    return rows
