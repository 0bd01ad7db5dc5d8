"""bin/export: a SavedModel of a trained run, for use without this library.

Examples:
  bin/export --run_dir=runs/digits --output=saved_model
  bin/export --run_dir=runs/digits --gin_param='PriorChain.num_steps = 200' --output=saved_model
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app, modules
from jebm_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory of a training run. Required.")
_OUTPUT = flags.DEFINE_string("output", None, "The folder to write; must be new or empty. Required.")
_GIN_PARAM = flags.DEFINE_multi_string(
    "gin_param", [], "A setting over the run's own, such as 'PriorChain.num_steps = 200'; repeatable."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, f"Of the endpoint `sample`. {app.BATCH_SIZE_HELP}", 1)
_BEST = flags.DEFINE_boolean("best", False, app.BEST_HELP)

flags.adopt_module_key_flags(modules)


def main() -> None:
    """Exports."""
    run_dir, output = app.require("run_dir"), Path(app.require("output"))
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UserError(f"--output={output}: already exists and is not an empty folder; choose another or remove it")

    app.import_tensorflow()
    modules.load()
    from jebm_tf.cli.loading import load_run

    run = load_run(run_dir, settings=_GIN_PARAM.value, batch_size=_BATCH_SIZE.value, best=_BEST.value)
    with app.writing(output):
        run.export(output)
    answer.add(run_dir=run_dir, step=run.step, output=output)
    endpoints = "sample_images, score_images, reconstruct_images and those of images in [-1, 1]"
    print(f"{output}: {run_dir} at step {run.step}, with the endpoints {endpoints}")
    print(f"how to use it: {output / 'README.md'}")


def entry() -> None:
    """The console script jebm-export."""
    app.run(main)
