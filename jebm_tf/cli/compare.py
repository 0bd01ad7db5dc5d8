"""bin/compare: several runs on one page: settings that differ, curves, numbers, samples.

Examples:
  bin/compare runs/svhn runs/svhn-sharp --output=comparison.html
  bin/compare runs/a runs/b runs/c --curve=log_likelihood --curve=kl/1 --output=comparison.html
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app
from jebm_tf.errors import UserError

_RUN_DIR = flags.DEFINE_multi_string(
    "run_dir", [], "The directory of a training run; two or more; the flag's name may be left out. Required."
)
_OUTPUT = flags.DEFINE_string("output", None, "The page to write, FILE.html. Required.")
_CURVE = flags.DEFINE_multi_string("curve", [], "A scalar to draw. Default: log_likelihood and others that tell most.")


def main() -> None:
    """Compares."""
    app.require("run_dir")
    output = Path(app.require("output"))
    if output.suffix != ".html":
        raise UserError(f"--output={output}: must end in .html")
    if len(_RUN_DIR.value) < 2:
        raise UserError("--run_dir: give two runs or more to compare")
    app.import_tensorflow()  # which reading settings needs
    from jebm_tf.cli import gin_files
    from jebm_tf.cli.run_directory import RunDirectory
    from jebm_tf.reporting import comparison
    from jebm_tf.storage import durable

    runs = {name: RunDirectory(Path(name)) for name in dict.fromkeys(_RUN_DIR.value)}
    for run in runs.values():
        run.require()
    settings = {name: gin_files.settings(run.config_text()) for name, run in runs.items()}
    paths = {name: run.path for name, run in runs.items()}
    page = comparison.page(paths, settings, _CURVE.value or comparison.CURVES)
    with app.writing(output):
        durable.write_text(output, page)
    answer.add(output=output, runs=list(runs))
    print(f"{output}: {len(runs)} runs")


def entry() -> None:
    """The console script jebm-compare."""
    app.name_bare_words("run_dir")
    app.run(main)
