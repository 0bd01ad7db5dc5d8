"""The optimizations of TensorFlow's graphs that learning has to do without."""

import tensorflow as tf


def turn_off_what_harms() -> None:
    """Turns two of TensorFlow's graph optimizations off, for all graphs that this process makes from now on.

    The dependency optimizer (2.21) drops the order "this read before that write" where it sees a longer way from the
    one to the other, and then bypasses the IdentityN on that way in which Keras' optimizers put all gradients side by
    side. What reads a weight and has no part in this weight's gradient, as z− has none in that of p_β>0, then saw old
    values or new ones by chance: in 39 of 100 steps of a small model the new ones.

    The arithmetic optimizer puts sums together in an order that differs from graph to graph of the same code: of 12
    graphs of a step 3 had another last digit, so that a run that was resumed was not bit for bit the run it had been.

    Steps are no slower without them.
    """
    tf.config.optimizer.set_experimental_options({"dependency_optimization": False, "arithmetic_optimization": False})
