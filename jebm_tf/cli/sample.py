"""bin/sample: images from a trained run's prior, as a PNG grid or an .npz.

Examples:
  bin/sample --run_dir=runs/digits --output=samples.png
  bin/sample --run_dir=runs/digits --num_samples=1000 --gin_param='PriorChain.num_steps = 200' --output=samples.npz
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app, modules
from jebm_tf.errors import UserError

_RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory of a training run. Required.")
_NUM_SAMPLES = flags.DEFINE_integer("num_samples", 64, "How many images.", 1)
_SEED = flags.DEFINE_integer("seed", 0, "One seed gives one sequence of images; asking for more continues it.")
_OUTPUT = flags.DEFINE_string("output", None, "FILE.png for a grid, FILE.npz for arrays. Required.")
_GIN_PARAM = flags.DEFINE_multi_string(
    "gin_param", [], "A setting over the run's own, such as 'PriorChain.num_steps = 200'; repeatable."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, app.BATCH_SIZE_HELP, 1)
_BEST = flags.DEFINE_boolean("best", False, app.BEST_HELP)

flags.adopt_module_key_flags(modules)


def main() -> None:
    """Samples."""
    run_dir, output = app.require("run_dir"), Path(app.require("output"))
    if output.suffix not in (".png", ".npz"):
        raise UserError(f"--output={output}: must end in .png (a grid) or .npz (arrays)")
    app.check_int32("seed")

    app.import_tensorflow()
    modules.load()
    import numpy as np

    from jebm_tf import pictures
    from jebm_tf.cli.loading import load_run

    run = load_run(run_dir, settings=_GIN_PARAM.value, batch_size=_BATCH_SIZE.value, best=_BEST.value)
    images, latents = run.sample_with_latents(_NUM_SAMPLES.value, _SEED.value)
    with app.writing(output):
        if output.suffix == ".png":
            pictures.save_png(output, pictures.grid(images))
        else:
            layers = {f"z_{i}": z for i, z in enumerate(latents, start=1)}
            _save_npz(output, images=images, step=np.int64(run.step), seed=np.int64(_SEED.value), **layers)
    answer.add(run_dir=run_dir, step=run.step, output=output, num_samples=len(images), seed=_SEED.value)
    print(f"{output}: {len(images)} samples of {run_dir} at step {run.step}")


def _save_npz(path: Path, **arrays) -> None:
    import numpy as np

    from jebm_tf.storage import durable

    with durable.drafted(path) as draft, draft.open("wb") as file:
        np.savez(file, **arrays)


def entry() -> None:
    """The console script jebm-sample."""
    app.run(main)
