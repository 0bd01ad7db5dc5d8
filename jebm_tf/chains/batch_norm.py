"""Batch norms whose statistics follow samples of the prior instead of training images."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose


def recalibrate_batch_norm(model: JointModel, *, batches: int = 0, batch_size: int = 100) -> None:
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
        raise ValueError(
            f"recalibrate_batch_norm: batches = {batches}, batch_size = {batch_size}: must be at least 0 and 2"
        )
    if not batches:
        return
    backbone = model.backbone

    @tf.function(autograph=False)
    def update(batch):
        seed = seeds.fold(seeds.root_seed(Purpose.BATCH_NORM), batch)
        noise = [seeds.normal([batch_size, dim], seeds.fold(seed, i)) for i, dim in enumerate(backbone.dims)]
        backbone.update_statistics(tuple(noise))

    frozen, backbone.trainable = not backbone.trainable, True  # Keras' batch norms stand still in frozen models
    for batch in range(batches):
        update(tf.constant(batch))
    backbone.trainable = not frozen
