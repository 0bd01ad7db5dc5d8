"""The conditional-Gaussian hierarchy p_β>0(z) (Eq. 2) that the energy tilts."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import bounded_scale, dense_stack
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class GaussianPrior(keras.Model):
    """p_β>0(z) = N(z_L; 0, I) Π N(z_i; μ_i(z_{i+1}), σ_i(z_{i+1})²), each (μ_i, σ_i) a perceptron.

    Args:
      dims: dimension of each layer, bottom first: (dim z_1, ..., dim z_L).
      hidden: widths of the hidden layers of each conditional.
      activation: name of a Keras activation.
      min_scale, max_scale: bounds of σ, see `bounded_scale`. A positive least σ keeps the density bounded. Without a
        greatest σ (None, as in the paper's released code) the joint prior has no normalising constant where f grows
        linearly, since σ_i, and z_i with it, is log-normal or worse under p(z_{i+1}): chains run away, some within
        the first training step.
      initial_weights: how weights begin, see `InitialWeights`.

    Example:
      >>> prior = jebm.GaussianPrior((4, 2), hidden=(16,))
      >>> prior.build()
      >>> z = prior.transform((tf.zeros([3, 4]), tf.zeros([3, 2])))
      >>> [tuple(z_i.shape) for z_i in z]
      [(3, 4), (3, 2)]
    """

    def __init__(
        self,
        dims: Sequence[int] = (100, 100),
        hidden: Sequence[int] = (200, 200, 200, 200),
        activation: str = "leaky_relu",
        min_scale: float = 0.01,
        max_scale: float | None = 5.0,
        *,
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("GaussianPrior", initial_weights)
        self.initial_weights = initial_weights
        if not dims or min(dims) < 1:
            raise ValueError(f"GaussianPrior.dims = {dims!r}: needs one positive dimension for each layer")
        if min_scale < 0.0:
            raise ValueError(f"GaussianPrior.min_scale = {min_scale}: must not be negative")
        if max_scale is not None and max_scale <= 0.0:
            raise ValueError(f"GaussianPrior.max_scale = {max_scale}: must be positive, or None for no bound")
        self.dims = tuple(dims)
        self.hidden = tuple(hidden)
        self.activation = activation
        self.min_scale = min_scale
        self.max_scale = max_scale
        self.conditional_networks = [dense_stack(self.hidden, 2 * dim, activation) for dim in self.dims[:-1]]

    @property
    def num_layers(self) -> int:
        """L."""
        return len(self.dims)

    def build(self, input_shape=None):
        """Makes the weights; the shapes follow from `dims`."""
        for conditional, above in zip(self.conditional_networks, self.dims[1:], strict=True):
            starts.build(conditional, (None, above), self.initial_weights)
        self.built = True

    def conditional(self, layer: int, above: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """μ and σ, each `[batch, dims[layer]]`, of layer `layer` (from 0) given the layer above it."""
        mean, raw = tf.split(self.conditional_networks[layer](above), 2, axis=-1)
        return mean, bounded_scale(raw, self.min_scale, self.max_scale)

    def conditionals(self, z: Latents) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        """(μ, σ) of p(z_1|z_2), ..., p(z_{L-1}|z_L), p(z_L): each `[batch, dim]`; `z[0]` is not read (Eq. 2)."""
        lower = [self.conditional(i, above) for i, above in enumerate(z[1:])]
        return (*lower, (tf.zeros_like(z[-1]), tf.ones_like(z[-1])))

    def transform(self, noise: Latents) -> Latents:
        """T(ε): the ancestral reparameterisation z_L = ε_L, z_i = μ_i(z_{i+1}) + σ_i(z_{i+1}) ε_i."""
        z = [noise[-1]]
        for i in reversed(range(self.num_layers - 1)):
            mean, scale = self.conditional(i, z[0])
            z.insert(0, mean + scale * noise[i])
        return tuple(z)

    def call(self, noise: Latents) -> Latents:
        """Same as `transform`."""
        return self.transform(noise)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "dims": self.dims,
            "hidden": self.hidden,
            "activation": self.activation,
            "min_scale": self.min_scale,
            "max_scale": self.max_scale,
            "initial_weights": self.initial_weights,
        }
