"""Generation models p(x | z): what the generator's output says about an image.

Images are in [−1, 1]. A likelihood declares how many output channels it needs for each image channel and what must be
the generator's last activation; backbones make their generators so.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.distributions import normal_log_prob
from jebm_tf.types import Seed


class Likelihood(keras.Model):
    """What every likelihood offers.

    Attributes:
      output_activation: the generator's last activation.
      channels: of the images, once `build_for` was called.
      is_density: whether log p(x | z) is of a density on [−1, 1], rather than of the probability of pixels' levels.
      bits: of pixels whose levels have probabilities; None for densities, and for what takes any pixels.
      image_kind: what `image` gives, for protocols.
      caveat: what a reader of its numbers must know; empty for nothing.

    Example:
      >>> class Laplace(jebm.Likelihood):
      ...     def log_prob(self, x, output):
      ...         return -tf.reduce_sum(tf.abs(x - output) + np.log(2.0), axis=(1, 2, 3))
      ...
      >>> round(float(Laplace().log_prob(tf.ones([1, 2, 2, 1]), tf.zeros([1, 2, 2, 1]))[0]), 4)
      -6.7726
    """

    output_activation: str = "tanh"
    channels: int = 0
    is_density: bool = True
    bits: int | None = None
    image_kind: str = "mean of p(x | z)"
    caveat: str = ""

    def build_for(self, image_shape: Sequence[int]) -> None:
        """Makes what depends on the images' height, width and channels."""
        self.channels = image_shape[-1]
        self.built = True

    def outputs(self, channels: int) -> int:
        """How many channels the generator's output has for images of so many."""
        return channels

    def log_prob(self, x: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """log p(x | z), `[batch]`, in nats.

        Args:
          x: images `[batch, height, width, channels]` in [−1, 1].
          output: the generator's, `[batch, height, width, outputs]`.
        """
        raise NotImplementedError

    def mean(self, output: tf.Tensor) -> tf.Tensor:
        """The mean of p(x | z), images in [−1, 1]."""
        raise NotImplementedError

    def sample(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """A sample of p(x | z), noise and all, shaped like the mean; Gaussian ones may leave [−1, 1]."""
        raise NotImplementedError

    def image(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """The image that a sample of z is shown and compared as: the mean, where `image_kind` says nothing else."""
        del seed
        return self.mean(output)


@keras.saving.register_keras_serializable("jebm_tf")
class GaussianLikelihood(Likelihood):
    """N(x; g(z_1), σ² I) (Eq. 9).

    Args:
      sigma: σ, in units of pixels scaled to [−1, 1]; where it starts, if learned.
      learned: learn σ, one number for all pixels, with the generator.

    Example:
      >>> x = tf.zeros([1, 2, 2, 1])
      >>> round(float(jebm.GaussianLikelihood(sigma=0.5).log_prob(x, output=x)[0]), 4)
      -0.9032
    """

    def __init__(self, sigma: float = 0.3, learned: bool = False, **kwargs):
        super().__init__(**kwargs)
        if sigma <= 0.0:
            raise ValueError(f"GaussianLikelihood.sigma = {sigma}: a standard deviation must be positive")
        self.sigma = sigma
        self.learned = learned

    def build_for(self, image_shape: Sequence[int]) -> None:
        """Makes log σ, where it is learned."""
        super().build_for(image_shape)
        if self.learned:
            start = keras.initializers.Constant(float(tf.math.log(self.sigma)))
            self.log_sigma = self.add_weight(shape=(), initializer=start, name="log_sigma")

    def log_prob(self, x: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """log N(x; output, σ² I), `[batch]`, in nats."""
        return normal_log_prob(x, output, tf.exp(self.log_sigma) if self.learned else self.sigma)

    def mean(self, output: tf.Tensor) -> tf.Tensor:
        """The output itself."""
        return output

    def sample(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """output + σ ε."""
        sigma = tf.exp(self.log_sigma) if self.learned else self.sigma
        return output + sigma * seeds.normal(tf.shape(output), seed)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "sigma": self.sigma, "learned": self.learned}


@keras.saving.register_keras_serializable("jebm_tf")
class PixelwiseGaussianLikelihood(Likelihood):
    """N(x; b(m), (exp b(s) + least_sigma)²) with m and s from the generator for each pixel, and b(a) = 5 tanh(a / 5).

    The Gaussian decoder of Vahdat and Kautz (2020). The generator's outputs are all m, then all s.

    Args:
      least_sigma: without it log p is not bounded.

    Example:
      >>> likelihood = jebm.PixelwiseGaussianLikelihood()
      >>> likelihood.outputs(channels=3)
      6
      >>> likelihood.mean(tf.zeros([1, 2, 2, 6])).shape
      TensorShape([1, 2, 2, 3])
    """

    output_activation = "linear"

    def __init__(self, least_sigma: float = 0.01, **kwargs):
        super().__init__(**kwargs)
        if least_sigma <= 0.0:
            raise ValueError(f"PixelwiseGaussianLikelihood.least_sigma = {least_sigma}: must be positive")
        self.least_sigma = least_sigma

    def outputs(self, channels: int) -> int:
        """Two for each image channel."""
        return 2 * channels

    def log_prob(self, x: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """log of the Gaussian density of every pixel, `[batch]`, in nats."""
        return normal_log_prob(x, *self._moments(output))

    def mean(self, output: tf.Tensor) -> tf.Tensor:
        """b(m), clipped to [−1, 1]."""
        return tf.clip_by_value(self._moments(output)[0], -1.0, 1.0)

    def sample(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """b(m) + σ ε."""
        mean, sigma = self._moments(output)
        return mean + sigma * seeds.normal(tf.shape(mean), seed)

    def _moments(self, output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean, log_sigma = tf.split(5.0 * tf.tanh(output / 5.0), 2, axis=-1)
        return mean, tf.exp(log_sigma) + self.least_sigma

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "least_sigma": self.least_sigma}


@keras.saving.register_keras_serializable("jebm_tf")
class BernoulliLikelihood(Likelihood):
    """Independent pixels in {−1, 1}, p(x = 1) = sigmoid(output); for x between, the usual interpolated log density.

    Example:
      >>> likelihood = jebm.BernoulliLikelihood()
      >>> output = tf.zeros([1, 2, 2, 1])
      >>> round(float(likelihood.log_prob(tf.ones([1, 2, 2, 1]), output)[0]), 4)
      -2.7726
      >>> float(likelihood.mean(output)[0, 0, 0, 0])
      0.0
    """

    output_activation = "linear"
    is_density = False
    caveat = "on pixels between black and white the Bernoulli likelihood is no normalised density"

    def log_prob(self, x: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """Σ t log p + (1 − t) log(1 − p) with t = (x + 1) / 2, `[batch]`, in nats."""
        per_pixel = -tf.nn.sigmoid_cross_entropy_with_logits(labels=0.5 * (x + 1.0), logits=output)
        return tf.reduce_sum(per_pixel, axis=(1, 2, 3))

    def mean(self, output: tf.Tensor) -> tf.Tensor:
        """2 sigmoid(output) − 1."""
        return tf.tanh(0.5 * output)

    def sample(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """1 with probability sigmoid(output), else −1."""
        return tf.where(seeds.uniform(tf.shape(output), seed) < tf.sigmoid(output), 1.0, -1.0)
