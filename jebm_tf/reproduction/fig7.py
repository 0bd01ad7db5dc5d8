"""Figure 7: prior chains far longer than those of learning stay level, and pictures do not over-saturate."""

from collections.abc import Sequence

from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import Cell, Evaluation, Experiment, Row, Source, Table
from jebm_tf.reproduction.systems import System

_TASK = "long_run"
_NUMBERS = {
    "f, at the chain's own length": "f_after_own_length",
    "f, second half": "f_in_second_half",
    "clipped, data (%)": "clipped_percent_data",
    "clipped, p_β>0 (%)": "clipped_percent_start",
    "clipped, end (%)": "clipped_percent_end",
    "largest R-hat": "max_split_r_hat",
}


def plan(
    runs: Sequence[tuple[Images, System]],
    seeds: Sequence[int],
    lengths: tuple[int, ...] = (100, 2500),
    num_chains: int = 64,
    gin_params: tuple[str, ...] = (),
) -> Table:
    """Long chains of each model.

    Args:
      runs: data sets and models.
      seeds: a run for each.
      lengths: numbers of steps to look back from; the last is the longest.
      num_chains: how many.
      gin_params: of the trainings.
    """
    asked = Evaluation(_TASK, (f"{_TASK}.lengths = {lengths}", f"{_TASK}.num_chains = {num_chains}"))
    rows, experiments, pictures = [], [], []
    for data, system in runs:
        variant = "fig7" if gin_params else ""
        trainings = [data.training(system, seed, variant=variant, gin_params=gin_params) for seed in seeds]
        names = tuple(training.name for training in trainings)
        cells = {column: Cell(names, Source(_TASK, key)) for column, key in _NUMBERS.items()}
        rows.append(Row(f"{data.title}: {system.title}", cells))
        experiments += [Experiment(training, {_TASK: asked}) for training in trainings]
        pictures += [(names[0], _TASK, f"{what}_{n}") for n in lengths for what in ("images", "f", "energy")]
    return Table(
        name="fig7",
        title=f"Figure 7: prior chains of {lengths[-1]:,} steps",
        columns=tuple(_NUMBERS),
        rows=tuple(rows),
        cited=(),
        experiments=tuple(experiments),
        notes=(
            "The paper has no numbers here: it shows that energies fluctuate about a constant and that images of"
            " 2,500 steps are not over-saturated (CelebA-64, 40 steps in learning).",
            "Clipped is the share of 8-bit values that are 0 or 255.",
        ),
        pictures=tuple(pictures),
    )
