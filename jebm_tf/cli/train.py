"""bin/train: trains a model, or resumes from the latest checkpoint of its run directory.

Examples:
  bin/train --gin_file=gin/digits.gin
  bin/train --gin_file=gin/svhn.gin --gin_param='GaussianLikelihood.sigma = 0.25' --run_dir=runs/svhn-sharp
"""

import sys
from pathlib import Path

from absl import flags

from jebm_tf.cli import app, modules
from jebm_tf.errors import UserError

_GIN_FILE = flags.DEFINE_multi_string("gin_file", [], "A gin file; repeat for more, later ones win.")
_GIN_PARAM = flags.DEFINE_multi_string("gin_param", [], "One setting, 'NAME.PARAMETER = VALUE'; repeatable.")
_RUN_DIR = flags.DEFINE_string("run_dir", None, "Where the run lives. Default: runs/ and the gin files' names.")
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Images: a tensorflow-datasets directory, an .npz, or a folder of image files."
)
_STRATEGY = flags.DEFINE_enum(
    "strategy", "auto", ["auto", "one_device", "mirrored", "multi_worker", "tpu"], "Where to compute."
)
_MAX_STEPS = flags.DEFINE_integer("max_steps", None, "Length of training in steps, instead of the gin file's.", 1)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Build everything but the data, print the parameter count, leave.")
_LIST_SETTINGS = flags.DEFINE_string(
    "list_settings", None, "Print what gin files can set, of all names or of --list_settings=NAME, and leave."
)
_ACCEPT_CHANGES = flags.DEFINE_boolean(
    "accept_changes", False, "Resume a run directory whose settings differ from the given ones."
)

flags.adopt_module_key_flags(modules)


def main() -> int | None:
    """Trains."""
    if _LIST_SETTINGS.value is not None:
        _list_settings(_LIST_SETTINGS.value)
        return None
    files, run_dir = _what_and_where()
    app.import_tensorflow()
    modules.load()
    from jebm_tf.cli import gin_files, run_directory, session

    if not _DRY_RUN.value and not _ACCEPT_CHANGES.value:
        run_directory.RunDirectory(run_dir).check_modules()
    gin_files.load(files, _GIN_PARAM.value + _flag_bindings())
    if _DRY_RUN.value:
        session.dry_run(_STRATEGY.value)
        return None
    return session.train(run_dir, _STRATEGY.value, _ACCEPT_CHANGES.value)


def _list_settings(name: str) -> None:
    app.import_tensorflow()
    modules.load()
    from jebm_tf.cli import settings_list

    print(settings_list.text(name))


def _what_and_where() -> tuple[list[str], Path]:
    """The gin files to read and the run directory, each from the other where only one is given."""
    files = _GIN_FILE.value
    if not files and _RUN_DIR.value and (Path(_RUN_DIR.value) / "config.gin").is_file():
        files = [str(Path(_RUN_DIR.value, "config.gin").resolve())]
    if not files:
        raise UserError("--gin_file is required, for example --gin_file=gin/digits.gin")
    default = Path("runs") / "-".join(Path(name).stem for name in files)
    return files, Path(_RUN_DIR.value) if _RUN_DIR.value else default


def _flag_bindings() -> list[str]:
    """Flags that stand for settings, so that config.gin records them."""
    bindings = []
    if _DATA_DIR.value is not None:
        bindings.append(f"load_images.data_dir = {str(Path(_DATA_DIR.value).expanduser().resolve())!r}")
    if _MAX_STEPS.value is not None:
        bindings.append(f"Run.max_steps = {_MAX_STEPS.value}")
    return bindings


def entry() -> None:
    """The console script jebm-train."""
    bare = "--list_settings"  # which may stand alone, or before a name
    sys.argv = [f"{bare}=all" if word == bare and _ends_or_flag(i) else word for i, word in enumerate(sys.argv)]
    app.run(main)


def _ends_or_flag(place: int) -> bool:
    return place + 1 == len(sys.argv) or sys.argv[place + 1].startswith("-")
