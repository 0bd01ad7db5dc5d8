"""Adamax (Kingma and Ba 2015) as NVAE is trained with it."""

import keras
import tensorflow as tf

from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.learning_rate import AnyRate, CosineRate, as_schedule
from jebm_tf.trainers.length import TrainingLength


class Adamax(keras.optimizers.Optimizer):
    """w ← w − rate m / ((1 − β1ⁿ) u) with u ← max(β2 u, |g| + ε), as in PyTorch; Keras adds ε to u afterwards.

    With NVAE's ε of 1e-3 the two differ.

    Args:
      variables: what learns.
      rate: a schedule.
      beta_1, beta_2, epsilon: as above.
      l2: λ of a penalty ½ λ ‖w‖², whose gradient goes through Adamax with the rest.
    """

    def __init__(self, variables, rate, *, beta_1: float, beta_2: float, epsilon: float, l2: float):
        super().__init__(learning_rate=rate, name="adamax")
        self.beta_1, self.beta_2, self.epsilon, self.l2 = beta_1, beta_2, epsilon, l2
        self.build(variables)

    def build(self, variables):
        """Makes m and u, all zero."""
        if self.built:
            return
        super().build(variables)
        self.moments, self.largest = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient, variable, learning_rate):
        """The update of one variable."""
        index = self._get_variable_index(variable)
        moment, largest = self.moments[index], self.largest[index]
        if self.l2:
            gradient += self.l2 * tf.convert_to_tensor(variable)
        moment.assign(self.beta_1 * moment + (1.0 - self.beta_1) * gradient)
        largest.assign(tf.maximum(self.beta_2 * largest, tf.abs(gradient) + self.epsilon))
        corrected = learning_rate / (1.0 - self.beta_1 ** (tf.cast(self.iterations, tf.float32) + 1.0))
        variable.assign_sub(corrected * moment / largest)


def adamax(
    model: JointModel,
    length: TrainingLength,
    *,
    rate: AnyRate = CosineRate(),
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-3,
    l2: float = 3e-4,
) -> Adamax:
    """The optimizer of a model's parts.

    Args:
      model: whose parts are learned.
      length: of the run, in whose units the rate changes.
      rate: of all parameters.
      beta_1, beta_2, epsilon, l2: see `Adamax`.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> optimizer = jebm.adamax(model, jebm.TrainingLength(10, 100), rate=1e-3)
      >>> round(float(optimizer.learning_rate), 4)
      0.001
    """
    variables = [v for part in model.parts.values() for v in part.trainable_variables]
    return Adamax(variables, as_schedule(rate, length), beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, l2=l2)
