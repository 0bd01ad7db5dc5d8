"""bin/score: a table with the scores of every image of a folder, and which of them are anomalous.

Examples:
  bin/score --run_dir=runs/digits --output=scores.csv
  bin/score --run_dir=runs/parts --fit_threshold=train --images=parts/test --output=scores.csv
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import app, modules
from jebm_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory of a training run. Required.")
_IMAGES = flags.DEFINE_string(
    "images",
    None,
    "A folder of images, a picture file or an .npz. Default: the images of --split in the run's own data.",
)
_SPLIT = flags.DEFINE_string("split", "test", "Which images of the run's own data, or of an .npz.")
_OUTPUT = flags.DEFINE_string(
    "output", None, "FILE.csv; a sheet of the most and the least anomalous images goes to FILE.png beside it."
)
_FIT_THRESHOLD = flags.DEFINE_string(
    "fit_threshold", None, "A split of the run's own data whose images are normal: fits a threshold and keeps it."
)
_QUANTILE = flags.DEFINE_float("quantile", 0.99, "The share of these images that the threshold lets pass.")
_BY = flags.DEFINE_string("by", "L>0", "The score that the threshold is of, and that the sheet is sorted by.")
_NUM_SAMPLES = flags.DEFINE_integer("num_samples", 5, "Posterior samples of each image, whose scores are averaged.", 1)
_GIN_PARAM = flags.DEFINE_multi_string(
    "gin_param", [], "A setting over the run's own, such as 'PosteriorChain.num_steps = 100'; repeatable."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, app.BATCH_SIZE_HELP, 1)
_BEST = flags.DEFINE_boolean("best", False, app.BEST_HELP)

flags.adopt_module_key_flags(modules)


def main() -> int | None:
    """Scores."""
    run_dir = app.require("run_dir")
    if _OUTPUT.value is None and _FIT_THRESHOLD.value is None:
        raise UserError("--output or --fit_threshold is required; --help says what they mean")
    output = Path(_OUTPUT.value) if _OUTPUT.value else None
    if output is not None and output.suffix != ".csv":
        raise UserError(f"--output={output}: must end in .csv")

    app.import_tensorflow()
    modules.load()
    from jebm_tf.cli import scoring
    from jebm_tf.cli.loading import load_run
    from jebm_tf.evaluation import threshold

    run = load_run(run_dir, settings=_GIN_PARAM.value, batch_size=_BATCH_SIZE.value, best=_BEST.value)
    if _FIT_THRESHOLD.value is not None:
        scoring.fit_threshold(run, _FIT_THRESHOLD.value, _QUANTILE.value, _BY.value, _NUM_SAMPLES.value)
    if output is None:
        return None
    bound = threshold.load(scoring.threshold_file(run))
    source = scoring.source_of(run, Path(_IMAGES.value) if _IMAGES.value else None, _SPLIT.value)
    with app.writing(output):
        return scoring.score(run, source, output, by=_BY.value, num_samples=_NUM_SAMPLES.value, threshold=bound)


def entry() -> None:
    """The console script jebm-score."""
    app.run(main)
