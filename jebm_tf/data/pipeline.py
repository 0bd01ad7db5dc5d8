"""The batches of a run, as a function of (seed, step): a resumed run sees exactly what it would have seen."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.data.images import ImageSet, to_model
from jebm_tf.data.mapped_images import MappedImages
from jebm_tf.errors import UserError
from jebm_tf.purposes import Purpose

_FLIPS = 1  # sets an epoch's mirroring apart from its order


def steps_per_epoch(images: ImageSet, batch_size: int) -> int:
    """Whole batches in the set; the rest of an epoch's shuffle is dropped.

    Raises:
      UserError: the set is smaller than one batch.

    Example:
      >>> images = jebm.ImageSet(np.zeros([10, 8, 8, 1], np.uint8), labels=None, source="zeros")
      >>> jebm.steps_per_epoch(images, batch_size=4)
      2
    """
    if len(images) < batch_size:
        raise UserError(f"{images.source}: {len(images)} images are fewer than batch_size = {batch_size}; lower it")
    return len(images) // batch_size


def batches(
    images: ImageSet,
    batch_size: int,
    seed: int,
    start_step: int,
    *,
    replicas: int = 1,
    workers: int = 1,
    worker: int = 0,
) -> tf.data.Dataset:
    """Endless shuffled batches in [−1, 1] from `start_step` on.

    Each epoch visits the images in an order, and mirrors those that it mirrors, by (seed, epoch) alone. A step's global
    batch is the same however many replicas share it: each takes the next slice of it.

    Args:
      images: all images.
      batch_size: the *global* batch, a multiple of `replicas`.
      seed: the run's seed.
      start_step: how many steps are already done.
      replicas: into how many elements a step's batch is cut.
      workers: how many datasets share these elements.
      worker: which of them this is.

    Returns:
      Elements `[batch_size / replicas, height, width, channels]`; `replicas / workers` of them make a step.

    Example:
      >>> images = jebm.load_images("digits", channels=1)
      >>> x = next(iter(jebm.batches(images, 50, seed=0, start_step=0)))
      >>> x.shape
      TensorShape([50, 8, 8, 1])
      >>> float(tf.reduce_min(x)), float(tf.reduce_max(x))
      (-1.0, 1.0)
    """
    per_epoch = steps_per_epoch(images, batch_size)
    mine, size = replicas // workers, batch_size // replicas
    root = seeds.fold(seeds.root_seed(seed), Purpose.DATA_ORDER)
    gather = _gather(images)

    @tf.autograph.experimental.do_not_convert
    def epoch_of_indices(epoch):
        # Order and mirroring are of (seed, epoch) alone; mirroring belongs to images, whatever step they fall into.
        mirrored = seeds.uniform([len(images)], seeds.fold(root, epoch, _FLIPS)) < (0.5 if images.flips else 0.0)
        order = tf.random.experimental.stateless_shuffle(tf.range(len(images)), seeds.fold(root, epoch).key)
        # Step by step and replica by replica: a global batch is the same however many replicas share it.
        steps = tf.reshape(order[: per_epoch * batch_size], [per_epoch, replicas, size])
        # This worker's replicas' slices of every step, one element of the data set each.
        rows = steps[:, worker * mine : (worker + 1) * mine]
        rows = tf.reshape(rows, [per_epoch * mine, size])
        return tf.data.Dataset.from_tensor_slices((rows, tf.gather(mirrored, rows)))

    @tf.autograph.experimental.do_not_convert
    def read(rows, mirrored):
        x = gather(rows)
        return to_model(tf.where(mirrored[:, None, None, None], x[:, :, ::-1], x) if images.flips else x)

    epochs = tf.data.Dataset.range(start_step // per_epoch, tf.int64.max).flat_map(epoch_of_indices)
    indices = epochs.skip(start_step % per_epoch * mine)
    return indices.map(read, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def _gather(images: ImageSet) -> Callable[[tf.Tensor], tf.Tensor]:
    """Images by row, from memory or from disk."""
    if not isinstance(images.images, MappedImages):
        with tf.device("CPU:0"):
            pixels = tf.constant(images.images)
        return lambda rows: tf.gather(pixels, rows)
    mapped = images.images

    def read(rows: tf.Tensor) -> tf.Tensor:
        (x,) = tf.numpy_function(lambda chosen: [mapped[chosen]], [rows], [tf.uint8])
        return tf.ensure_shape(x, [rows.shape[0], *mapped.shape[1:]])

    return read


def subsample(images: ImageSet, batch_size: int, limit: int) -> tf.data.Dataset:
    """Up to `limit` images evenly spread over the set, once each: batches `[batch_size or fewer, ...]` in [−1, 1]."""
    with tf.device("CPU:0"):
        pixels = tf.data.Dataset.from_tensor_slices(np.asarray(images.subsample(limit).images))
    return pixels.batch(batch_size).map(tf.autograph.experimental.do_not_convert(to_model))


def distributed_batches(
    images: ImageSet, batch_size: int, seed: int, start_step: int, strategy: tf.distribute.Strategy
) -> tf.distribute.DistributedDataset:
    """`batches` for every replica of `strategy`.

    Raises:
      UserError: `batch_size` is not a multiple of the number of replicas.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(f"batch_size = {batch_size} cannot be shared by {replicas} replicas; use a multiple of it")

    def worker_batches(context: tf.distribute.InputContext) -> tf.data.Dataset:
        return batches(
            images,
            batch_size,
            seed,
            start_step,
            replicas=replicas,
            workers=context.num_input_pipelines,
            worker=context.input_pipeline_id,
        )

    return strategy.distribute_datasets_from_function(worker_batches)
