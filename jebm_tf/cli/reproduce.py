"""bin/reproduce: a table of the paper, from its runs to its numbers; goes on where it was stopped.

Examples:
  bin/reproduce table4 --digits=1 --seeds=1
  bin/reproduce table1 --scale=full --data_dir=data/tfds --dry_run
"""

import sys
from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app
from jebm_tf.errors import UserError

_TABLE = flags.DEFINE_string(
    "table", None, "table1, table4, table5, table6, fig5 or fig7; as the first word the flag's name may be left out."
)
_SCALE = flags.DEFINE_enum(
    "scale", "small", ["small", "full"], "What two cores can do in hours, or the paper's own settings."
)
_SEEDS = flags.DEFINE_integer("seeds", None, "Runs of each model. Default: 1 for small, 3 for full.", 1)
_DIGITS = flags.DEFINE_list("digits", None, "Held-out digits of table4. Default: 1,4,5,7,9.")
_EPOCHS = flags.DEFINE_integer("epochs", None, "Length of trainings on whole data sets, in place of the scale's.", 1)
_OUTPUT = flags.DEFINE_string("output", None, "Where runs and results are written. Default: runs/reproduce-SCALE.")
_DATA_DIR = flags.DEFINE_multi_string(
    "data_dir",
    [],
    "Images of all data sets, or NAME=PATH of one (mnist, svhn, celeba64, cifar10); repeatable. Default: downloads.",
)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Time a few steps, print commands and estimate, and leave.")


def main() -> int:
    """Reproduces."""
    from jebm_tf.reproduction import scales
    from jebm_tf.reproduction.reproduce import reproduce
    from jebm_tf.reproduction.workplace import Workplace

    name = _TABLE.value
    if not name:
        raise UserError(f"which table? For example bin/reproduce table4; there are {', '.join(scales.TABLES)}")
    small = _SCALE.value == "small"
    seeds = tuple(range(_SEEDS.value or (1 if small else 3)))
    if _DIGITS.value is not None and name != "table4":
        raise UserError(f"--digits: {name} holds no digits out, table4 does")
    digits = _digits(_DIGITS.value) if _DIGITS.value is not None else scales.DIGITS
    table = scales.table(name, scales.Wanted(small, seeds, digits, _EPOCHS.value))
    output = Path(_OUTPUT.value or f"runs/reproduce-{_SCALE.value}").expanduser()
    epochs = f", {_EPOCHS.value} epochs" if _EPOCHS.value else ""
    title = ("Small scale, not the paper's" if small else "Full scale, the paper's settings") + epochs
    answer.add(table=name, output=output, document=Workplace(output).document(table, "json"))
    return reproduce(table, output, _data_dirs(_DATA_DIR.value), title, dry_run=_DRY_RUN.value)


def _digits(given: list[str]) -> tuple[int, ...]:
    try:
        digits = tuple(map(int, given))
    except ValueError:
        digits = ()
    if not digits or not all(0 <= digit <= 9 for digit in digits):
        raise UserError(f"--digits={','.join(given)}: must be digits separated by commas, such as 1,4")
    return tuple(dict.fromkeys(digits))


def _data_dirs(given: list[str]) -> dict[str, Path]:
    """Paths by the name of a data set, or by `commands.ANY`.

    Raises:
      UserError: one is not there, or no table needs it.
    """
    from jebm_tf.reproduction.commands import ANY
    from jebm_tf.reproduction.scales import DATA_SETS

    found = {}
    for word in given:
        name, equals, rest = word.partition("=")
        named = bool(equals) and name.isidentifier() and not Path(word).exists()
        name, place = (name, rest) if named else (ANY, word)
        path = Path(place).expanduser().resolve()
        if name not in (ANY, *DATA_SETS):
            raise UserError(f"--data_dir={word}: no data set {name!r} here; there are {', '.join(DATA_SETS)}")
        if not path.exists():
            raise UserError(f"--data_dir={word}: there is no {path}")
        found[name] = path
    return found


def entry() -> None:
    """The console script jebm-reproduce."""
    if sys.argv[1:] and not sys.argv[1].startswith("-"):  # the name, as the first word
        sys.argv[1] = f"--table={sys.argv[1]}"
    app.run(main)
