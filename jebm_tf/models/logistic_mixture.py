"""The discretised mixture of logistics as p(x | z) (Salimans et al. 2017)."""

from typing import Literal

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.types import Seed

_IMAGES = {
    "mean": "mean of p(x | z)",
    "averaged": "mean of p(x | z) with couplings averaged apart, as in NVAE's released code",
    "sample": "sample of p(x | z)",
}


@keras.saving.register_keras_serializable("jebm_tf")
class LogisticMixtureLikelihood(Likelihood):
    """Mixture of logistics, discretised to levels (Salimans et al. 2017, PixelCNN++), for grey and RGB images.

    For each pixel Σ_k π_k Π_c P_kc(x_c), with P the mass of a logistic in the level's bin; the means of G and B depend
    linearly on the channels before them. It is a probability of images of so many levels, so log p is at most 0.

    Args:
      mixtures: K.
      min_log_scale: lower bound of the logistics' log scales.
      bits: of the images' pixels: 2^bits levels. Pixels between levels count as the nearest.
      image: what stands for a sample of z in pictures and comparisons. The "mean" of the mixture; "averaged", what the
        released NVAE takes for its FID: means and couplings averaged over components, each by itself; or a "sample" of
        pixels, as in its pictures.

    Example:
      >>> likelihood = jebm.LogisticMixtureLikelihood(mixtures=2)
      >>> likelihood.build_for((2, 2, 3))
      >>> likelihood.outputs(channels=3)
      20
      >>> likelihood.log_prob(tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2, 2, 20])).shape
      TensorShape([1])
    """

    output_activation = "linear"
    is_density = False
    bits: int  # never None here

    def __init__(
        self,
        mixtures: int = 10,
        min_log_scale: float = -7.0,
        bits: int = 8,
        image: Literal["mean", "averaged", "sample"] = "mean",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if mixtures < 1:
            raise ValueError(f"LogisticMixtureLikelihood.mixtures = {mixtures}: must be 1 or more")
        if bits not in range(1, 9):
            raise ValueError(f"LogisticMixtureLikelihood.bits = {bits!r}: must be from 1 to 8")
        if image not in _IMAGES:
            raise ValueError(f"LogisticMixtureLikelihood.image = {image!r}: must be one of {', '.join(_IMAGES)}")
        self.mixtures = mixtures
        self.image_kind = _IMAGES[image]
        self._image = image
        self.bits = bits
        self.min_log_scale = min_log_scale

    def outputs(self, channels: int) -> int:
        """K (1 + 2 C) and, for the coupling of C > 1 channels, K C (C − 1) / 2 more."""
        return self.mixtures * (1 + 2 * channels + channels * (channels - 1) // 2)

    def log_prob(self, x: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """log of the mass that the mixture puts on the level of every pixel of x, `[batch]`, in nats."""
        log_weights, means, log_scales, couplings = self._split(output)
        x = self._nearest_level(x)[..., tf.newaxis, :]  # [batch, height, width, 1, channels]
        per_channel = _log_bin_mass(x, _coupled(means, couplings, x), log_scales, 1.0 / (2**self.bits - 1))
        per_pixel = tf.reduce_logsumexp(log_weights + tf.reduce_sum(per_channel, axis=-1), axis=-1)
        return tf.reduce_sum(per_pixel, axis=(1, 2))

    def mean(self, output: tf.Tensor) -> tf.Tensor:
        """Σ_k π_k μ_k, each channel's mean given the means of those before it; clipped to [−1, 1]."""
        log_weights, means, _, couplings = self._split(output)
        done = means[..., :1]
        for c in range(1, self.channels):
            done = tf.concat([done, _coupled(means[..., : c + 1], couplings, done)[..., c:]], axis=-1)
        mixed = tf.reduce_sum(tf.exp(log_weights)[..., tf.newaxis] * done, axis=-2)
        return tf.clip_by_value(mixed, -1.0, 1.0)

    def sample(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """A component for each pixel, then each channel given those before it, rounded to a level."""
        log_weights, means, log_scales, couplings = self._split(output)
        noise = seeds.uniform(tf.shape(log_weights), seeds.fold(seed, 0))
        chosen = tf.argmax(log_weights - tf.math.log(-tf.math.log(noise)), axis=-1)
        mean, log_scale, coupling = (tf.gather(part, chosen, batch_dims=3) for part in (means, log_scales, couplings))
        uniform = seeds.uniform(tf.shape(mean), seeds.fold(seed, 1))
        logistic = tf.exp(log_scale) * (tf.math.log(uniform) - tf.math.log1p(-uniform))
        done = tf.zeros_like(mean[..., :0])
        for c in range(self.channels):
            known = tf.pad(done, [[0, 0]] * 3 + [[0, self.channels - c]])
            drawn = _coupled(mean, coupling, known)[..., c] + logistic[..., c]
            level = self._nearest_level(tf.clip_by_value(drawn, -1.0, 1.0))
            done = tf.concat([done, level[..., tf.newaxis]], axis=-1)
        return done

    def image(self, output: tf.Tensor, seed: Seed) -> tf.Tensor:
        """The image that a sample of z is shown and compared as, by the setting of this name."""
        if self._image == "sample":
            return self.sample(output, seed)
        return self._averaged(output) if self._image == "averaged" else self.mean(output)

    def _averaged(self, output: tf.Tensor) -> tf.Tensor:
        """Means and couplings averaged over components each by itself, every channel clipped before the next one."""
        log_weights, means, _, couplings = self._split(output)
        weights = tf.exp(log_weights)[..., tf.newaxis]
        mean, coupling = (tf.reduce_sum(weights * part, axis=-2) for part in (means, couplings))
        done = tf.zeros_like(mean[..., :0])
        for c in range(self.channels):
            known = tf.pad(done, [[0, 0]] * 3 + [[0, self.channels - c]])
            channel = _coupled(mean, coupling, known)[..., c : c + 1]
            done = tf.concat([done, tf.clip_by_value(channel, -1.0, 1.0)], axis=-1)
        return done

    def _nearest_level(self, x: tf.Tensor) -> tf.Tensor:
        half = 0.5 * (2**self.bits - 1)
        return tf.round((x + 1.0) * half) / half - 1.0

    def _split(self, output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """log π `[..., K]`, means and log scales `[..., K, C]`, couplings `[..., K, C (C − 1) / 2]`."""
        sizes = [1, self.channels, self.channels, self.channels * (self.channels - 1) // 2]
        shape = tf.concat([tf.shape(output)[:-1], [self.mixtures, sum(sizes)]], axis=0)
        parts = tf.split(tf.reshape(output, shape), sizes, axis=-1)
        log_scales = tf.maximum(parts[2], self.min_log_scale)
        return tf.nn.log_softmax(parts[0][..., 0], axis=-1), parts[1], log_scales, tf.tanh(parts[3])

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "mixtures": self.mixtures,
            "min_log_scale": self.min_log_scale,
            "bits": self.bits,
            "image": self._image,
        }


def _coupled(means: tf.Tensor, couplings: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Each channel's mean given the values `x` of the channels before it; couplings are in the order 10, 20, 21."""
    shifted = [means[..., 0]]
    for c in range(1, means.shape[-1]):
        first = c * (c - 1) // 2
        linear = [couplings[..., first + b] * x[..., b] for b in range(c)]
        shifted.append(means[..., c] + tf.add_n(linear))
    return tf.stack(shifted, axis=-1)


def _log_bin_mass(x: tf.Tensor, mean: tf.Tensor, log_scale: tf.Tensor, half: float) -> tf.Tensor:
    """log of a logistic's mass in the bin of half width `half` about x; the two outermost bins are open."""
    rate = tf.exp(-log_scale)
    upper, lower = rate * (x - mean + half), rate * (x - mean - half)
    # log[sigmoid(u) − sigmoid(l)] = log sigmoid(u) + log sigmoid(−l) + log(1 − exp(l − u)): nothing cancels.
    inner = tf.math.log_sigmoid(upper) + tf.math.log_sigmoid(-lower) + tf.math.log(-tf.math.expm1(lower - upper))
    below = tf.where(x < -1.0 + half, tf.math.log_sigmoid(upper), inner)
    return tf.where(x > 1.0 - half, tf.math.log_sigmoid(-lower), below)
