"""How KL terms are weighed while a model learns."""

import dataclasses
from typing import Literal

import tensorflow as tf

from jebm_tf.trainers.length import TrainingLength


@dataclasses.dataclass(frozen=True)
class KLSchedule:
    """How an objective weighs the divergence of q from the prior, f's tilt included where there is one.

    Which objective: in variational learning the inference network's alone; where all parts climb one, as with a ladder
    or a deep backbone, that one.

    Attributes:
      warm_up_steps: the weight rises linearly from 0 at the first step to 1 after so many; 0 for as many as the share
        says, or for 1 from the start.
      warm_up_share: the same as a share of the run.
      free_bits: in nats per layer; a layer whose KL is below this is not pushed lower (Kingma et al. 2016).
      free_bits_by: whether that is the KL averaged over the global "batch", or of each "example" by itself, so that
        each is counted as max(KL, free_bits).

    Example:
      >>> kl = jebm.KLSchedule(warm_up_share=0.5).over(jebm.TrainingLength(10, total_steps=100))
      >>> kl.warm_up_steps, float(kl.weight(25))
      (50, 0.5)
    """

    warm_up_steps: int = 0
    warm_up_share: float = 0.0
    free_bits: float = 0.0
    free_bits_by: Literal["batch", "example"] = "batch"

    def __post_init__(self):
        if not 0.0 <= self.warm_up_share <= 1.0:
            raise ValueError(f"KLSchedule.warm_up_share = {self.warm_up_share}: must be between 0 and 1")
        if self.warm_up_steps < 0:
            raise ValueError(f"KLSchedule.warm_up_steps = {self.warm_up_steps}: must be 0 or more")
        if self.free_bits < 0.0:
            raise ValueError(f"KLSchedule.free_bits = {self.free_bits}: must be 0 or more")
        if self.free_bits_by not in ("batch", "example"):
            raise ValueError(f"KLSchedule.free_bits_by = {self.free_bits_by!r}: must be 'batch' or 'example'")

    def over(self, length: TrainingLength) -> "KLSchedule":
        """The same schedule for a run of this length, its warm-up as a number of steps."""
        if self.warm_up_steps or not self.warm_up_share:
            return dataclasses.replace(self, warm_up_share=0.0)
        return dataclasses.replace(self, warm_up_share=0.0, warm_up_steps=length.steps(self.warm_up_share))

    def pushed(self, kl: tf.Tensor) -> tf.Tensor:
        """The mean over this replica's examples of one layer's KL, `[batch]`, as far as it is pushed.

        Its gradient is what matters: zero where free bits hold, else that of the mean. Call it in a step.
        """
        if not self.free_bits:
            return tf.reduce_mean(kl)
        if self.free_bits_by == "example":
            return tf.reduce_mean(tf.maximum(kl, self.free_bits))
        context = tf.distribute.get_replica_context()
        mean = context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stop_gradient(tf.reduce_mean(kl)))
        return tf.cast(mean > self.free_bits, tf.float32) * tf.reduce_mean(kl)

    def weight(self, step: tf.Tensor) -> tf.Tensor:
        """The weight at `step`, a scalar in [0, 1]."""
        if not self.warm_up_steps:
            return tf.ones([])
        return tf.minimum(tf.cast(step, tf.float32) / self.warm_up_steps, 1.0)
