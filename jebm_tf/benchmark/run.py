"""A benchmark from the first measurement to its record."""

import dataclasses
from collections.abc import Callable, Sequence

from jebm_tf.benchmark import items, machine, memory, peaks, record, scaling
from jebm_tf.benchmark.layer_calls import trace
from jebm_tf.benchmark.layer_flops import uncounted
from jebm_tf.benchmark.record import Record
from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.trainers.base import Trainer

_SCALING_REPEATS = 5


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
      names: of items, see `jebm_tf.benchmark.items.NAMES`.
      batch: images of a step.
      repeats: calls of each that count.
      scaling: also cost against size.
      network: for "inception"; None skips it.
    """

    names: Sequence[str]
    batch: int
    repeats: int
    scaling: bool = False
    network: FeatureNetwork | None = None


def benchmark(trainer: Trainer, plan: Plan, say: Callable[[str], None]) -> Record:
    """Measures; `say` hears what comes next."""
    found: Record = {
        "format": record.FORMAT,
        "work": record.work_of(trainer, plan.batch),
        "machine": machine.describe(),
        "repeats": plan.repeats,
        "memory": f"most at one time during the item, {memory.where()}",
        "images": "uniformly random pixels of the model's shape",
    }
    say("peaks")
    calls = _calls(trainer, plan.batch)
    measured = peaks.measure(peaks.products_like(calls), plan.repeats)
    found["peaks"] = [record.of_peak(one) for one in measured]
    found["uncounted"] = uncounted(calls)
    found["items"] = {}
    for name in plan.names:
        say(name)
        found["items"][name] = _item(name, trainer, plan, measured)
    if plan.scaling:
        found["scaling"] = {}
        for variable in scaling.VARIABLES:
            say(f"cost against {variable}")
            found["scaling"][variable] = _scaling(trainer, plan, variable)
    return found


def _item(name: str, trainer: Trainer, plan: Plan, measured: list[peaks.Measured]) -> Record:
    """An item's record, or why there is none."""
    if name == "inception" and plan.network is None:
        return {"skipped": "give the network's weights by --inception=FILE.npz"}
    try:
        item = items.make(name, trainer, plan.batch, plan.network)
        with memory.peak() as peak:
            times = item.measure(plan.repeats)
    except UserError as error:
        return {"skipped": str(error)}
    return record.of_item(item, times, peak.bytes, measured)


def _scaling(trainer: Trainer, plan: Plan, variable: str) -> Record:
    try:
        return scaling.measure(trainer, plan.batch, variable, min(plan.repeats, _SCALING_REPEATS))
    except UserError as error:
        return {"skipped": str(error)}


def _calls(trainer: Trainer, batch: int):
    """One call of every layer of the model's, as a sample and its densities make it."""
    model = trainer.model
    specs = items.chain_flops.latent_specs(model, batch)

    def everything(*noise):
        z = model.transform(noise)
        return model.decode(z), model.f(z)

    return trace(everything, specs).calls
