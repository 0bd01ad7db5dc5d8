"""Batch norms whose statistics follow samples of the prior instead of training images."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.joint import JointModel

_SEED = 0xB4701


def readjust_norms(model: JointModel, *, batches: int = 0, batch_size: int = 100) -> None:
    """Lets the running statistics of a backbone's way down follow samples T(ε) (Vahdat and Kautz 2020, Sec. A).

    Those of training are of maps that q made. The original's setting is 500 batches. Backbones without batch norms
    stay as they are.

    Args:
      model: whose backbone is changed.
      batches: how many; 0 changes nothing.
      batch_size: samples in each.

    Raises:
      ValueError: a number is not one that makes sense.
    """
    if batches < 0 or batch_size < 2:
        raise ValueError(f"readjust_norms: batches = {batches}, batch_size = {batch_size}: need at least 0 and 2")
    if not batches:
        return
    backbone = model.backbone

    @tf.function
    def follow(batch):
        seed = seeds.fold(seeds.root_seed(_SEED), batch)
        noise = [seeds.normal([batch_size, dim], seeds.fold(seed, i)) for i, dim in enumerate(backbone.noise_dims)]
        backbone.follow(tuple(noise))

    frozen, backbone.trainable = not backbone.trainable, True  # Keras' batch norms stand still in frozen models
    for batch in range(batches):
        follow(tf.constant(batch))
    backbone.trainable = not frozen
