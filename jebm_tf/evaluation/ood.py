"""Out-of-distribution detection (Sec. 5.2, Fig. 5)."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from jebm_tf import charts
from jebm_tf.data.images import ImageSet
from jebm_tf.data.mapped_images import Pixels
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.detection import table
from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.evaluation.scores import Kind, Scores, image_scores

_SIDES = ("in", "out")
_SHARED = 0.01  # the share of images that two data sets may have in common by chance


def ood(
    context: EvaluationContext,
    out: ImageSet,
    *,
    split: str = "test",
    num_images: int | None = 10_000,
    num_samples: int = 5,
    above: Sequence[int] | None = None,
    resamples: int = 1000,
) -> Result:
    """L^{>k} and LLR^{>k}, their terms, and plain baselines, on two sets of images.

    Layers up to k are drawn from the joint EBM prior given the inferred ones above, which are held. The baselines: the
    Gaussian prior's L^{>k} (no energies, lower layers from p_β>0), the reconstruction error, and the complexity of the
    image itself, in bits of its PNG file, which knows nothing of the model.

    Args:
      context: the model.
      out: images of another data set, of the same shape.
      split: of the in-distribution images.
      num_images: at most so many of each set.
      num_samples: of the posterior, for each image.
      above: the k besides 0, each of which costs a chain; 1 to L − 1 unless given.
      resamples: of the bootstrap for the 95 % intervals.

    Raises:
      UserError: `out` has another shape, or has the model's own images; there is no such k.
    """
    above = context.layers(above, "ood.above", last=len(context.model.dims) - 1)
    inside, outside = context.images(split).subsample(num_images), out.subsample(num_images)
    if inside.images.shape[1:] != outside.images.shape[1:]:
        shapes = [", ".join(map(str, images.images.shape[1:])) for images in (inside, outside)]
        raise UserError(f"ood: images of {out.source} are ({shapes[1]}), those of the model ({shapes[0]})")
    shared = _shared([context.images(name) for name in sorted({"train", split})], out)
    found = [_scores(context, images.images, num_samples, above) for images in (inside, outside)]
    pairs = {name: (found[0][name], found[1][name]) for name in found[0]}
    rows = table(pairs, resamples, context.seed, _SIDES)
    ours = [row for row in rows if found[0].kind(row["score"]) in (Kind.TOTAL, Kind.RATIO)]
    numbers = {f"auroc/{row['score']}": row["auroc"] for row in ours}
    protocol = {
        "in": describe(inside),
        "out": describe(outside),
        "images_of_both": shared,
        "posterior_samples": num_samples,
        "lower_layers": context.prior_sampler.layer_sampler.describe(),
        "Gaussian": "the same generator and inference, without the energies",
        "complexity in nats + L>0": "after Serrà et al. 2020, with L>0 in place of log p(x)",
        "orientation": "every score is meant to be higher on the in-distribution side",
        "intervals": f"95 %, percentile bootstrap over images, {resamples} resamples",
        "fpr95": "share of out-of-distribution images accepted where 95 % of the others are",
    }
    drawn = {f"histogram_{_file_name(row['score'])}": _histogram(row, pairs[row["score"]]) for row in ours}
    return Result(numbers, protocol, tables={"detection": rows}, pictures=drawn)


def _shared(own: Sequence[ImageSet], out: ImageSet) -> int:
    """How many images of `out` the model's own data have, too, pixel by pixel; a few are chance, such as black ones."""
    seen = {digest for images in own for digest in images.digests()}
    shared = sum(digest in seen for digest in out.digests())
    if shared > _SHARED * len(out):
        raise UserError(
            f"ood: {shared} of {len(out)} images of {out.source} are among the model's own ({own[0].source}); name"
            " another data set by out/load_images.dataset (and .data_dir), or leave their classes out of it"
        )
    return shared


def _scores(context: EvaluationContext, images: Pixels, num_samples: int, above: Sequence[int]) -> Scores:
    scores = image_scores(context, images, num_samples, above=above)
    bits = complexity(images)
    scores.add("complexity", Kind.BASELINE, bits)
    scores.add("complexity in nats + L>0", Kind.BASELINE, scores["L>0"] + np.log(2.0) * bits)
    return scores


def complexity(images: Pixels) -> np.ndarray:
    """Bits of each uint8 image's PNG file, `[images]`: a bound of its Kolmogorov complexity (Serrà et al. 2020)."""
    return np.array([8.0 * _png_bytes(images[i]) for i in range(len(images))])


def _png_bytes(image: np.ndarray) -> int:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, format="PNG", optimize=True)
    return buffer.tell()


def _histogram(row: dict, pair: tuple[np.ndarray, np.ndarray]) -> Picture:
    title = f"AUROC {row['auroc']:.3f}, AUPRC {row['auprc_in']:.3f} (in), {row['auprc_out']:.3f} (out)"
    samples = {"in-distribution": pair[0], "out-of-distribution": pair[1]}
    return Picture(charts.histograms(samples, xlabel=f"{row['score']}, nats", title=title), f"{row['score']}: {title}.")


def _file_name(score: str) -> str:
    return score.replace("-LLR>", "llr_above_").replace("L>", "l_above_")
