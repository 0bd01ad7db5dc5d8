"""Batch norms whose statistics follow samples of the prior instead of training images."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.joint import JointModel

_SEED = 0xB4701


def readjust_norms(model: JointModel, *, batches: int = 0, batch_size: int = 100, temperature: float = 1.0) -> None:
    """Lets the running statistics of a backbone's way down follow samples T(τ ε) (Vahdat and Kautz 2020, Sec. A).

    At a low temperature τ the statistics of training do not fit what is sampled, and images lose their contrast. The
    original's setting is 500 batches. Backbones without batch norms stay as they are.

    Args:
      model: whose backbone is changed.
      batches: how many; 0 changes nothing.
      batch_size: samples in each.
      temperature: τ.

    Raises:
      ValueError: a number is not one that makes sense.
    """
    if batches < 0 or batch_size < 2 or temperature <= 0.0:
        raise ValueError(
            f"readjust_norms: batches = {batches}, batch_size = {batch_size}, temperature = {temperature}: need at"
            " least 0, at least 2, and a positive number"
        )

    if not batches:
        return
    backbone = model.backbone

    @tf.function
    def follow(batch):
        seed = seeds.fold(seeds.root_seed(_SEED), batch)
        noise = [seeds.normal([batch_size, dim], seeds.fold(seed, i)) for i, dim in enumerate(backbone.noise_dims)]
        backbone.follow(tuple(temperature * e for e in noise))

    frozen, backbone.trainable = not backbone.trainable, True  # Keras' batch norms stand still in frozen models
    for batch in range(batches):
        follow(tf.constant(batch))
    backbone.trainable = not frozen
