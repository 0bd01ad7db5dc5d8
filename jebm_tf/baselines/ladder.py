"""Ladder inference (Sønderby et al. 2016): bottom-up evidence joined with the prior's own top-down conditionals."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models import initial_weights as starts
from jebm_tf.models.inference import Inference, Inferred
from jebm_tf.models.initial_weights import InitialWeights
from jebm_tf.models.layers import bounded_scale, check_stages, conv_stack, dense_stack
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class LadderInference(Inference):
    """q(z_L | x) Π q(z_i | z_{i+1}, x), each conditional the product of the prior's and of a Gaussian seen in x.

    A deterministic path d_1(x), d_2(d_1), ... gives N(μ̂_i, σ̂_i²) for every layer. The top layer is drawn from it; the
    lower ones from N(μ̂_i, σ̂_i²) N(μ_i(z_{i+1}), σ_i(z_{i+1})²), normalised, where (μ_i, σ_i) are the prior's.

    Args:
      stages: one (filters, kernel, stride, padding) per convolution of d_1.
      width: of d_1, ..., d_L.
      hidden: widths of the hidden layers between d_i and d_{i+1}.
      activation: name of a Keras activation.
      min_scale, max_scale: bounds of σ̂, see `bounded_scale`.
      initial_weights: how weights begin, see `InitialWeights`.
    """

    top_down = True

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, str]],
        *,
        width: int = 200,
        hidden: Sequence[int] = (200,),
        activation: str = "leaky_relu",
        min_scale: float = 0.001,
        max_scale: float | None = 5.0,
        initial_weights: InitialWeights = "fan_in",
        **kwargs,
    ):
        super().__init__(**kwargs)
        starts.check("LadderInference", initial_weights)
        self.initial_weights = initial_weights
        check_stages(type(self).__name__, stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.width = width
        self.hidden = tuple(hidden)
        self.activation = activation
        self.min_scale = min_scale
        self.max_scale = max_scale

    def make_networks(self) -> None:
        """See `Inference`."""
        self.first = conv_stack(self.stages, self.width, self.activation, last_activation=self.activation)
        starts.build(self.first, (None, *self.image_shape), self.initial_weights)
        self.upward = [dense_stack(self.hidden, self.width, self.activation) for _ in self.dims[1:]]
        self.heads = [keras.layers.Dense(2 * dim) for dim in self.dims]
        for layer in (*self.upward, *self.heads):
            starts.build(layer, (None, self.width), self.initial_weights)

    def evidence(self, x: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
        """(μ̂_i, σ̂_i) of every layer, bottom first, each `[batch, dim]`."""
        d = [self.first(x)]
        for step in self.upward:
            d.append(keras.activations.get(self.activation)(step(d[-1])))
        split = [tf.split(head(d_i), 2, axis=-1) for head, d_i in zip(self.heads, d, strict=True)]
        return [(mean, bounded_scale(raw, self.min_scale, self.max_scale)) for mean, raw in split]

    def infer(self, x: tf.Tensor, noise: Latents, prior: GaussianPrior) -> Inferred:
        """See `Inference`. Gradients by the prior's parameters flow through its conditionals."""
        evidence = self.evidence(x)
        conditionals = [evidence[-1]]
        z = [evidence[-1][0] + evidence[-1][1] * noise[-1]]
        for i in reversed(range(len(self.dims) - 1)):
            conditionals.insert(0, gaussian_product(*evidence[i], *prior.conditional(i, z[0])))
            z.insert(0, conditionals[0][0] + conditionals[0][1] * noise[i])
        means, scales = zip(*conditionals, strict=True)
        return Inferred(tuple(z), means, scales)

    def get_config(self):
        """The constructor's arguments."""
        names = ("stages", "width", "hidden", "activation", "min_scale", "max_scale", "initial_weights")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def gaussian_product(
    mean_a: tf.Tensor, scale_a: tf.Tensor, mean_b: tf.Tensor, scale_b: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and standard deviation of N(mean_a, scale_a²) N(mean_b, scale_b²), normalised: precisions add up."""
    variance_a, variance_b = tf.square(scale_a), tf.square(scale_b)
    total = variance_a + variance_b
    return (mean_a * variance_b + mean_b * variance_a) / total, scale_a * scale_b * tf.math.rsqrt(total)
