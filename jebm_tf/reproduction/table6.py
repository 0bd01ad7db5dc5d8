"""Table 6: the number of steps of the prior chain, in learning and in sampling."""

from collections.abc import Sequence

from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import TRAINING, Cell, Cited, Experiment, Row, Source, Table, Training
from jebm_tf.reproduction.systems import System
from jebm_tf.reproduction.table1 import FID_WITHIN, PROTOCOL
from jebm_tf.reproduction.table5 import OTHER_MACHINE, SECONDS

_STEPS = (10, 20, 40, 80, 100)
_FID = (69.42, 67.58, 66.32, 66.03, 65.86)
_SECONDS = (0.312, 0.480, 0.568, 0.741, 0.837)
_GRID = 36


def plan(images: Images, system: System, seeds: Sequence[int], steps: Sequence[int] = _STEPS) -> Table:
    """One model, learned and sampled with chains of each length.

    Args:
      images: the data set.
      system: the model.
      seeds: a run for each.
      steps: of the prior chain.
    """
    trainings = {k: [_training(images, system, k, seed) for seed in seeds] for k in steps}
    quality = {images.measure: images.quality(system)}

    def row(name: str, source: Source) -> Row:
        return Row(name, {f"k = {k}": Cell(tuple(t.name for t in found), source) for k, found in trainings.items()})

    return Table(
        name="table6",
        title=f"Table 6: prior chains of k steps, {system.title}",
        columns=tuple(f"k = {k}" for k in steps),
        rows=(
            row(images.column, Source(images.measure, images.measure)),
            row("the same: p_β>0 alone, without the chain", Source(images.measure, f"{images.measure}_after_0_steps")),
            row(f"{images.title}, {SECONDS}", Source(TRAINING, "seconds_per_step")),
        ),
        cited=(
            _cited("paper: CIFAR-10, FID", _FID, PROTOCOL, task="fid"),
            _cited("paper: CIFAR-10, seconds per step", _SECONDS, OTHER_MACHINE, task=None),
        ),
        experiments=tuple(Experiment(t, quality, _GRID) for found in trainings.values() for t in found),
        shown={f"k = {k}": found[0].name for k, found in trainings.items()},
    )


def _training(images: Images, system: System, k: int, seed: int) -> Training:
    return images.training(system, seed, variant=f"k{k}", gin_params=(f"PriorChain.num_steps = {k}",))


def _cited(name: str, values: Sequence[float], protocol: str, task: str | None) -> Cited:
    by_column = {f"k = {k}": value for k, value in zip(_STEPS, values, strict=True)}
    return Cited(name, by_column, protocol, task=task, within=FID_WITHIN, data="cifar10")
