"""bin/evaluate: numbers, pictures and their protocol for a trained run, and one page that holds them all.

Examples:
  bin/evaluate --run_dir=runs/digits --task=all --gin_file=gin/eval/quick.gin
  bin/evaluate --run_dir=runs/digits --task=fid_small --gin_param='fid_small.num_samples = 3000'
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import app, modules
from jebm_tf.errors import UserError

_ALL = "all"

_RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory of a training run. Required.")
_TASK = flags.DEFINE_list("task", None, "Names of tasks, separated by commas, or all. Required.")
_OUTPUT = flags.DEFINE_string("output", None, "Where to write. Default: evaluation/step_NUMBER in the run directory.")
_SEED = flags.DEFINE_integer("seed", 0, "Of everything random in the evaluation.")
_GIN_FILE = flags.DEFINE_multi_string("gin_file", [], "A gin file over the run's settings, such as gin/eval/quick.gin.")
_GIN_PARAM = flags.DEFINE_multi_string(
    "gin_param", [], "A setting over the run's own, such as 'fid.num_samples = 10000'; repeatable."
)
_CACHE_DIR = flags.DEFINE_string(
    "cache_dir", None, "Where features of data sets and classifiers are kept. Default: ~/.cache/jebm_tf."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, app.BATCH_SIZE_HELP, 1)
_BEST = flags.DEFINE_boolean("best", False, app.BEST_HELP)

flags.adopt_module_key_flags(modules)


def main() -> None:
    """Evaluates."""
    run_dir = app.require("run_dir")
    app.require("task")
    app.check_int32("seed")
    names = list(_TASK.value or ())
    app.import_tensorflow()
    modules.load()
    from jebm_tf.cli import evaluation, tasks
    from jebm_tf.cli.loading import load_run

    known = list(tasks.known())
    unknown = [name for name in names if name not in known and name != _ALL]
    if unknown:
        raise UserError(f"--task={unknown[0]}: unknown; known are {', '.join(known)} and all; your own needs --module")
    run = load_run(
        run_dir,
        settings=_GIN_PARAM.value,
        files=_GIN_FILE.value,
        batch_size=_BATCH_SIZE.value,
        seed=_SEED.value,
        best=_BEST.value,
        cache=Path(_CACHE_DIR.value).expanduser() if _CACHE_DIR.value else None,
    )
    output = Path(_OUTPUT.value) if _OUTPUT.value else Path(run_dir) / "evaluation" / f"step_{run.step:08d}"
    evaluation.evaluate(run, known if _ALL in names else names, output, may_skip=_ALL in names)


def entry() -> None:
    """The console script jebm-evaluate."""
    app.run(main)
