"""The state of a bank of prior chains: kept on every replica, checkpointed with the run."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.settings import detached
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.adapted_chain import AdaptedChain
from jebm_tf.types import Latents, Seed

_ORDER, _FRESH, _RESTART, _MOVE = range(4)  # the shares of a step's seed


class PriorBank:
    """Chains that go on from step to step, in the chain's own space (ε or z). See `ChainBank`.

    Every replica holds the whole bank and moves its share of a step's chains.

    Args:
      model: whose prior the chains move on; it gives the first positions.
      chain: how; its `bank` says how many there are.
      seed: of the first positions, drawn from the chain's initial distribution.

    Raises:
      ValueError: the chain has no bank.

    Attributes:
      values: the positions, one variable `[size, dim]` per layer.
    """

    def __init__(self, model: JointModel, chain: PriorChain | AdaptedChain, seed: Seed):
        if chain.bank is None:
            raise ValueError("PriorBank: PriorChain.bank says how many chains there are, and is None")
        self.chain, self.settings = chain, chain.bank
        first_replica = tf.VariableAggregation.ONLY_FIRST_REPLICA  # after a step, all replicas hold the same bank
        start = chain.start(model, self.settings.size, seed)
        self.values = [tf.Variable(position, trainable=False, aggregation=first_replica) for position in start]

    def negative_samples(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents:
        """Moves this replica's share of the step's chains and returns as many z− as z+, detached; call it in a step."""
        batch = tf.shape(z_posterior[0])[0]
        context = tf.distribute.get_replica_context()
        replicas = context.num_replicas_in_sync
        # All replicas draw the same order, and each moves its own slice of it: no chain twice in a step.
        order = tf.random.experimental.stateless_shuffle(tf.range(self.settings.size), seeds.fold(seed, _ORDER).key)
        order = order[: replicas * batch]
        mine = order[context.replica_id_in_sync_group * batch :][:batch]
        end = self.chain.advance(model, self._start(model, mine, seed), seeds.fold(seed, _MOVE))
        # Each replica then writes everyone's ends into its copy of the bank, so that all copies stay equal.
        for value, moved in zip(self.values, end, strict=True):
            everyone = context.all_gather(moved, axis=0) if replicas > 1 else moved
            value.assign(tf.tensor_scatter_nd_update(value, order[:, tf.newaxis], everyone))
        return detached(self.chain.to_latents(model, end))

    def _start(self, model: JointModel, rows: tf.Tensor, seed: Seed) -> Latents:
        """The kept positions of these rows, some replaced by fresh ones."""
        batch = tf.shape(rows)[0]
        # Fresh starts are drawn for all rows and taken by some: which ones is decided on the device, row by row.
        fresh = self.chain.start(model, batch, seeds.fold(seed, _FRESH))
        anew = seeds.uniform([batch], seeds.fold(seed, _RESTART)) < self.settings.restart
        kept = (tf.gather(value, rows) for value in self.values)
        return tuple(tf.where(anew[:, tf.newaxis], f, k) for f, k in zip(fresh, kept, strict=True))
