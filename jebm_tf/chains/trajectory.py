"""A prior chain seen on its way: where it is after chosen numbers of steps, and its trace."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.settings import observe
from jebm_tf.chains.targets import prior_in_noise, prior_in_z
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.types import Latents, Seed

_COORDINATES = 8  # of each layer that a trace keeps: enough to see a chain mix, and no memory to speak of


def trajectory(
    chain: PriorChain, model: JointModel, batch: int, seed: Seed, stops: Sequence[int]
) -> Iterator[tuple[Latents, ChainTrace | None]]:
    """`batch` chains on the joint prior from the chain's own start, at every stop.

    Args:
      chain: its settings but for the number of steps.
      stops: numbers of steps, rising; the first may be 0.

    Yields:
      z at each stop, and the trace of the steps since the last one, with an `Observation` at each, the first
      coordinates among it; None where there were no steps.
    """

    @tf.function(autograph=False)
    def advance(position, first, steps):
        return langevin.sample_chain_with_trace(
            chain.in_own_space(prior_in_z, prior_in_noise)(model),
            position,
            seeds.fold(seed, first),
            observe=lambda p: observe(model, chain.to_latents(model, p))._replace(
                coordinates=tuple(layer[:, :_COORDINATES] for layer in p)
            ),
            **{**chain.kernel_settings(), "num_steps": steps},
        )

    position = chain.start(model, batch, seed)
    for before, stop in pairwise([0, *stops]):
        trace = None
        if stop > before:
            position, trace = advance(position, tf.constant(before), tf.constant(stop - before))
        yield chain.to_latents(model, position), trace


def joined(traces: Sequence[ChainTrace | None]) -> ChainTrace:
    """One trace from those of consecutive steps."""
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *[t for t in traces if t is not None])
