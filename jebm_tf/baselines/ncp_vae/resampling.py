"""Importance resampling: approximate samples of exp(f) p_β>0 without a chain."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PriorSampler
from jebm_tf.chains.settings import detached
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Latents, Seed

_CHUNK = 64  # proposals that one pass of the loop weighs for each sample


@dataclasses.dataclass(frozen=True)
class ImportanceResampler(PriorSampler):
    """Draws each sample from M proposals of p_β>0 with weights exp(f) (Aneja et al. 2021, "SIR").

    Exact as M grows; with few proposals it leans to p_β>0. Interchangeable with `PriorChain` for whoever needs samples.

    Attributes:
      num_proposals: M.
    """

    num_proposals: int = 5000

    def __post_init__(self):
        if not isinstance(self.num_proposals, int) or self.num_proposals < 1:
            raise ValueError(
                f"ImportanceResampler.num_proposals = {self.num_proposals!r}: must be an integer, 1 or more"
            )

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of z, detached from gradients.

        A categorical draw is the largest log weight plus Gumbel noise, so that proposals can be seen in passing.
        """
        dims = model.dims

        def body(first, best, kept):
            # Every sample has proposals of its own, _CHUNK at a time: its row of the noise is as long as all of these.
            seed_here = seeds.fold(seed, first)
            noise = [seeds.normal([batch, _CHUNK * dim], seeds.fold(seed_here, i)) for i, dim in enumerate(dims)]
            proposals = tuple(tf.reshape(e, [-1, dim]) for e, dim in zip(noise, dims, strict=True))
            # With Gumbel noise g_m, argmax_m (f_m + g_m) is a draw from the softmax of f (Gumbel-max). The maximum
            # so far is all that must be remembered, however many proposals there are.
            f = tf.reshape(model.f(model.transform(proposals)), [-1, _CHUNK])
            scores = f - tf.math.log(-tf.math.log(seeds.uniform([batch, _CHUNK], seeds.fold(seed_here, len(dims)))))
            # The last chunk may reach beyond M.
            scores = tf.where(first + tf.range(_CHUNK) < self.num_proposals, scores, -float("inf"))
            # The chunk's winner of each sample, as a row among all proposals; it stands where it beats earlier chunks.
            winner = tf.range(batch) * _CHUNK + tf.argmax(scores, axis=1, output_type=tf.int32)
            score = tf.reduce_max(scores, axis=1)
            better = (score > best)[:, tf.newaxis]
            kept = tuple(tf.where(better, tf.gather(e, winner), k) for e, k in zip(proposals, kept, strict=True))
            return first + _CHUNK, tf.maximum(score, best), kept

        start = tuple(tf.zeros([batch, dim]) for dim in dims)
        state = (tf.constant(0), tf.fill([batch], -float("inf")), start)
        _, _, noise = tf.while_loop(lambda first, *_: first < self.num_proposals, body, state, parallel_iterations=1)
        return detached(model.transform(noise))

    @property
    def layer_sampler(self) -> PriorChain:
        """A chain, which stands in: proposals of some layers given others would need weights for every one of them."""
        return PriorChain(space="eps", initial="ancestral")
