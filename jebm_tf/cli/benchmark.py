"""bin/benchmark: how fast a run's chains, step, samples and scores are on this machine, and what bounds them.

Examples:
  bin/benchmark --gin_file=gin/digits.gin
  bin/benchmark --gin_file=gin/mnist.gin --only=step,samples --output=benchmark
"""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags

from jebm_tf.cli import answer, app, modules
from jebm_tf.errors import UserError

if TYPE_CHECKING:
    from jebm_tf.trainers.base import Trainer
    from jebm_tf.trainers.run import Run

_GIN_FILE = flags.DEFINE_multi_string("gin_file", [], "A gin file; repeat for more, later ones win. Required.")
_GIN_PARAM = flags.DEFINE_multi_string("gin_param", [], "One setting, 'NAME.PARAMETER = VALUE'; repeatable.")
_OUTPUT = flags.DEFINE_string("output", None, "Where benchmark.json and benchmark.png go. Default: nowhere.")
_COMPARE = flags.DEFINE_string("compare", None, "An earlier benchmark.json of the same work, to print ratios to.")
_REPEATS = flags.DEFINE_integer("repeats", 10, "Calls of each item that count, after warm-up.", 3)
_ONLY = flags.DEFINE_list("only", None, "Names of items, separated by commas. Default: all that apply.")
_SCALING = flags.DEFINE_boolean(
    "scaling", False, "Also cost against chain length, batch, number of layers and width; takes minutes."
)
_INCEPTION = flags.DEFINE_string("inception", None, "Weights of the Inception network of 2015, .npz or .pb.")

flags.adopt_module_key_flags(modules)


def main() -> None:
    """Benchmarks."""
    if not _GIN_FILE.value:
        raise UserError("--gin_file is required, for example --gin_file=gin/digits.gin")
    app.import_tensorflow()
    modules.load()
    from jebm_tf.benchmark import comparison, record, report
    from jebm_tf.benchmark.run import Plan, benchmark
    from jebm_tf.cli import gin_files, run_directory

    names = _names()
    gin_files.load(_GIN_FILE.value, _GIN_PARAM.value)
    run, trainer = _trainer()
    source = _COMPARE.value or ""
    earlier = record.read(Path(source)) if source else None
    if earlier is not None:
        comparison.check({"work": record.work_of(trainer, run.batch_size)}, earlier, source)
    if _OUTPUT.value:
        run_directory.create(Path(_OUTPUT.value))
    plan = Plan(names, run.batch_size, _REPEATS.value, _SCALING.value, _network())
    found = benchmark(trainer, plan, say=lambda what: print(f"measuring {what} ...", flush=True))
    found |= {"settings": gin_files.used(), **run_directory.versions(), "date": _now()}
    answer.add(**found)
    print()
    print("\n".join(report.lines(found)))
    if earlier is not None:
        print()
        print("\n".join(report.ratio_lines(comparison.ratios(found, earlier), source)))
    if _OUTPUT.value:
        _write(Path(_OUTPUT.value), found)


def _names() -> list[str]:
    """The items that are asked for, in their order.

    Raises:
      UserError: one is unknown.
    """
    from jebm_tf.benchmark.items import NAMES

    unknown = [name for name in _ONLY.value or () if name not in NAMES]
    if unknown:
        raise UserError(f"--only={unknown[0]}: unknown; known are {', '.join(NAMES)}")
    return [name for name in NAMES if not _ONLY.value or name in _ONLY.value]


def _trainer() -> "tuple[Run, Trainer]":
    """A trainer as `bin/train` makes it, but for the length of its run, on one device."""
    import keras

    from jebm_tf.cli.build import build_run, build_trainer
    from jebm_tf.trainers.length import TrainingLength

    run = build_run()
    keras.utils.set_random_seed(run.seed)
    return run, build_trainer(run, TrainingLength(1, run.total_steps(1)))


def _network() -> Any:
    """The Inception network, where its weights are given."""
    from jebm_tf.evaluation.features.inception import inception

    return inception(_INCEPTION.value) if _INCEPTION.value else None


def _write(output: Path, found: dict[str, Any]) -> None:
    from jebm_tf import pictures
    from jebm_tf.benchmark import plot, record

    with app.writing(output):
        record.write(output / "benchmark.json", found)
        pictures.save_png(output / "benchmark.png", plot.picture(found))
    print(f"\n{output / 'benchmark.json'}, {output / 'benchmark.png'}")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def entry() -> None:
    """The console script jebm-benchmark."""
    app.run(main)
