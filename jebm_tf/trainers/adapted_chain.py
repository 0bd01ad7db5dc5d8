"""A prior chain whose step follows f while it learns, and the state of that: checkpointed with the run."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.settings import STEPS, detached
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, Seed


class AdaptedChain:
    """Draws z− and learns δ from how its steps fare. See `StepAdaptation`.

    Args:
      settings: the chain; its δ is the first one.

    Raises:
      ValueError: the chain has no adaptation.

    Attributes:
      step_size: δ, a variable that all replicas hold alike.
      chain: the chain with δ as it is whenever it is run.
    """

    def __init__(self, settings: PriorChain):
        if settings.adaptation is None:
            raise ValueError("AdaptedChain: PriorChain.adaptation says how δ follows, and is None")
        self.adaptation = settings.adaptation
        first_replica = tf.VariableAggregation.ONLY_FIRST_REPLICA  # after a step, all replicas hold the same δ
        self.step_size = tf.Variable(settings.step_size, dtype=tf.float32, trainable=False, aggregation=first_replica)
        self.chain = dataclasses.replace(settings, step_size=self.step_size)
        self.bank, self.start, self.to_latents = self.chain.bank, self.chain.start, self.chain.to_latents

    def negative_samples(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents:
        """z− for learning, as many as z+, detached, from fresh starts; call it in a step."""
        start = self.start(model, tf.shape(z_posterior[0])[0], seed)
        return detached(self.to_latents(model, self.advance(model, start, seeds.fold(seed, STEPS))))

    def advance(self, model: JointModel, start: Latents, seed: Seed) -> Latents:
        """Where chains from `start`, in this chain's space, end. Then δ follows their acceptance over all replicas."""
        if not self.chain.num_steps:
            return start
        end, acceptance = self.chain.advance_with_acceptance(model, start, seed)
        context = tf.distribute.get_replica_context()
        mean = context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.reduce_mean(acceptance))
        # Where f is not finite nothing is accepted; the run is about to be stopped, and δ shall not be why.
        mean = tf.where(tf.math.is_finite(mean), mean, 0.0)
        self.step_size.assign(self.step_size * tf.exp(self.adaptation.rate * (mean - self.adaptation.target)))
        return end
