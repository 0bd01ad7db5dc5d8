"""The two scales of each table: as the paper has it, and what two cores can do in hours."""

import dataclasses
from collections.abc import Callable, Sequence

from jebm_tf.errors import UserError
from jebm_tf.reproduction import fig5, fig7, systems, table1, table4, table5, table6
from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import Table
from jebm_tf.reproduction.systems import System, by_the_paper_s_rule

DIGITS = (1, 4, 5, 7, 9)  # that the paper holds out
DATA_SETS = ("cifar10", "svhn", "celeba64", "mnist", "digits")  # that images can be given for
_JOINT = (systems.JOINT_MLE, systems.JOINT_VARIATIONAL)
_RULES = (*_JOINT, *map(by_the_paper_s_rule, _JOINT))

_CIFAR10 = Images("cifar10", "CIFAR-10", ("gin/cifar10.gin",))
_SVHN = Images("svhn", "SVHN", ("gin/svhn.gin",))
_CELEBA = Images("celeba64", "CelebA-64", ("gin/celeba64.gin",))
_FULL = (_SVHN, _CELEBA, _CIFAR10)

_MNIST = Images("mnist", "MNIST", ("gin/mnist.gin",), epochs=5, measure="fid_small", num_samples=5000)
_TOY = Images("digits", "digits", ("gin/digits.gin",), max_steps=2000, measure="fid_small", num_samples=3000)
_HELD_OUT = Images("mnist", "MNIST", ("gin/mnist.gin", "gin/eval/hold_out_mnist.gin"))
# What fits into half an hour for one digit: networks infer faster than chains do.
_EPOCHS = {True: 3, False: 1}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
      small: for two cores, else the paper's settings.
      seeds: runs of each model.
      digits: held out, in Table 4.
      epochs: length of every training of whole data sets, in place of the scale's own.
    """

    small: bool
    seeds: tuple[int, ...]
    digits: tuple[int, ...] = DIGITS
    epochs: int | None = None

    def images(self, small: Sequence[Images], full: Sequence[Images]) -> list[Images]:
        """The scale's data sets, with the length that is asked for."""
        return [self.of_length(data) for data in (small if self.small else full)]

    def of_length(self, data: Images) -> Images:
        """A data set with runs of the length that is asked for; those that are said in steps stay."""
        return data if self.epochs is None or data.max_steps else dataclasses.replace(data, epochs=self.epochs)


def _table1(wanted: Wanted) -> Table:
    before = (systems.VAE, systems.ABP, systems.SRI, systems.LEBM)
    all_before = (
        *(systems.VAE, systems.LVAE, systems.ABP, systems.SRI, systems.RAE),
        *(systems.TWO_STAGE_VAE, systems.NCP_VAE, systems.LEBM),
    )
    models = (*(before if wanted.small else all_before), *_RULES)
    return table1.plan(wanted.images([_MNIST], _FULL), models, wanted.seeds)


def _table4(wanted: Wanted) -> Table:
    ours = (systems.JOINT_VARIATIONAL, by_the_paper_s_rule(systems.JOINT_VARIATIONAL), systems.JOINT_MLE)
    models = (*ours, systems.LEBM, systems.VAE)
    images = {model.key: wanted.of_length(_held_out(model) if wanted.small else _HELD_OUT) for model in models}
    scoring = {model.key: _scoring(images[model.key]) if wanted.small else table4.Scoring() for model in models}
    return table4.plan(images, models, wanted.digits, wanted.seeds, scoring)


def _held_out(model: System) -> Images:
    return dataclasses.replace(_HELD_OUT, epochs=_EPOCHS[model.amortised])


def _scoring(images: Images) -> table4.Scoring:
    """Fewer images and samples, and the last half of the epochs, so that a short run's first ones do not count."""
    return table4.Scoring(num_images=5000, num_samples=2, epochs=max(1, min(10, (images.epochs or 1) // 2)))


def _table5(wanted: Wanted) -> Table:
    return table5.plan(wanted.images([_MNIST], _FULL), _JOINT, wanted.seeds)


def _table6(wanted: Wanted) -> Table:
    (images,) = wanted.images([_TOY], [_CIFAR10])
    return table6.plan(images, systems.JOINT_MLE, wanted.seeds)


def _fig7(wanted: Wanted) -> Table:
    if wanted.small:
        runs = [(_TOY, systems.JOINT_MLE), (wanted.of_length(_MNIST), systems.JOINT_VARIATIONAL)]
        return fig7.plan(runs, wanted.seeds)
    runs = [(wanted.of_length(_CELEBA), systems.JOINT_MLE)]
    return fig7.plan(runs, wanted.seeds, gin_params=("PriorChain.num_steps = 40",))


def _fig5(wanted: Wanted) -> Table:
    if wanted.small:
        return fig5.plan("gin/biva_tiny.gin", wanted.seeds, small=True, above=(1, 2, 3, 4))
    return fig5.plan("gin/biva_cifar10.gin", wanted.seeds, small=False, above=(1, 4, 8, 16, 24))


TABLES: dict[str, Callable[[Wanted], Table]] = {
    "table1": _table1,
    "table4": _table4,
    "table5": _table5,
    "table6": _table6,
    "fig5": _fig5,
    "fig7": _fig7,
}


def table(name: str, wanted: Wanted) -> Table:
    """The plan of a table at a scale.

    Raises:
      UserError: there is no such table.
    """
    if name not in TABLES:
        raise UserError(f"{name!r}: no such table; there are {', '.join(TABLES)}")
    return TABLES[name](wanted)
