"""Two replicas on any machine."""

import tensorflow as tf


def two_replicas():
    """A strategy over the two logical CPUs that conftest.py makes."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
