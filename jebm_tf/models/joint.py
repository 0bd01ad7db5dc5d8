"""The joint latent-space EBM prior model: p(x, z) ∝ p(x | z) exp[Σ f_i(z_i)] p_β>0(z) (Eq. 1, 6, 7)."""

from collections.abc import Sequence
from typing import Literal

import keras
import tensorflow as tf

from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import Inference, Inferred
from jebm_tf.models.likelihood import GaussianLikelihood, Likelihood
from jebm_tf.models.mixture_prior import MixturePrior
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class JointModel(keras.Model):
    """Generator, Gaussian hierarchy and energy heads; the densities that they define together.

    Args:
      generator: maps z_1 to what the likelihood needs.
      prior: p_β>0.
      energies: f_1, ..., f_L, bottom first (Eq. 6); one head that is not in a list reads all layers together,
        f(z_1, ..., z_L); an empty list leaves the Gaussian prior alone.
      likelihood: p(x | z) given the generator's output; None for N(g(z_1), 0.3² I) (Eq. 9).
      inference: q(z | x), for variational learning; None where posterior samples come from chains.
      tilting: "joint" is ours. "conditional" normalises every layer's tilt given the layer above it, the alternative of
        Sec. 3.1: p(z) = Π exp[f_i(z_i)] p(z_i | z_{i+1}) / Z_i(z_{i+1}).
    """

    def __init__(
        self,
        generator: Generator,
        prior: GaussianPrior | MixturePrior,
        energies: Sequence[EnergyHead] | EnergyHead,
        likelihood: Likelihood | None = None,
        inference: Inference | None = None,
        *,
        tilting: Literal["joint", "conditional"] = "joint",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.layerwise = not isinstance(energies, EnergyHead)
        energies = list(energies) if self.layerwise else [energies]
        if self.layerwise and len(energies) not in (0, prior.num_layers):
            raise ValueError(
                f"JointModel.energies has {len(energies)} heads for {prior.num_layers} layers of latents:"
                " give one head per layer, or none"
            )
        if generator.latent_dim != prior.dims[0]:
            raise ValueError(
                f"Generator.latent_dim = {generator.latent_dim} but GaussianPrior.dims[0] = {prior.dims[0]}:"
                " the generator reads the bottom layer, so the two must agree"
            )
        if tilting not in ("joint", "conditional"):
            raise ValueError(f"JointModel.tilting = {tilting!r}: must be 'joint' or 'conditional'")
        if tilting == "conditional" and not (self.layerwise and energies):
            raise ValueError("JointModel.tilting = 'conditional' needs JointModel.energies, one head per layer")
        if energies and isinstance(prior, MixturePrior):
            raise ValueError("JointModel.energies tilt a GaussianPrior; with a MixturePrior there can be none")
        likelihood = GaussianLikelihood() if likelihood is None else likelihood
        _check_output(generator, likelihood)
        self.generator = generator
        self.prior = prior
        self.energies = energies
        self.likelihood = likelihood
        self.inference = inference
        self.tilting = tilting
        self.build()

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of each layer of latents, bottom first."""
        return self.prior.dims

    @property
    def energy_names(self) -> tuple[str, ...]:
        """What the heads are called, after "f": the layer's number from 1 at the bottom, or "all"."""
        return tuple(str(i) for i in range(1, len(self.energies) + 1)) if self.layerwise else ("all",)

    @property
    def parts(self) -> dict[str, keras.Model]:
        """The parts by the names under which their parameters, learning rates and norms are reported."""
        heads = {f"f_{name}": head for name, head in zip(self.energy_names, self.energies, strict=True)}
        parts = {"generator": self.generator, "prior": self.prior, **heads}
        if self.inference is not None:
            parts["inference"] = self.inference
        if self.likelihood.variables:
            parts["likelihood"] = self.likelihood
        return parts

    def build(self, input_shape=None):
        """Makes every weight; the shapes follow from the parts' own settings."""
        self.generator.build()
        self.likelihood.build_for(self.generator.image_shape)
        self.prior.build()
        dims = self.dims if self.layerwise else [sum(self.dims)]
        for head, dim in zip(self.energies, dims, strict=False):
            head.build((None, dim))
        if self.inference is not None:
            self.inference.build_for(self.generator.image_shape, self.dims)
        self.built = True

    def output(self, z: Latents) -> tf.Tensor:
        """The generator's output, `[batch, height, width, outputs]`, which the likelihood reads."""
        return self.generator(z[0])

    def decode(self, z: Latents) -> tf.Tensor:
        """The mean of p(x | z): images `[batch, height, width, channels]` in [−1, 1]."""
        return self.likelihood.mean(self.output(z))

    def transform(self, noise: Latents) -> Latents:
        """T(ε), the ancestral reparameterisation of p_β>0."""
        return self.prior.transform(noise)

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """A sample of q(z | x) for each image of `x`, reparameterised by standard normal `noise` shaped like z."""
        return self.inference.infer(x, noise, self.prior)

    def log_likelihood(self, x: tf.Tensor, z: Latents) -> tf.Tensor:
        """log p(x | z), `[batch]`, in nats."""
        return self.likelihood.log_prob(x, self.output(z))

    def f_terms(self, z: Latents) -> tuple[tf.Tensor, ...]:
        """What each head adds to the log prior, f_1(z_1), ..., f_L(z_L): one `[batch]` per head (Eq. 6)."""
        seen = z if self.layerwise else [tf.concat(z, axis=-1)]
        return tuple(head(z_i) for head, z_i in zip(self.energies, seen, strict=False))

    def log_gaussian_prior(self, z: Latents) -> tf.Tensor:
        """log p_β>0(z), `[batch]`, in nats (Eq. 2)."""
        return tf.add_n(self.prior.log_prob_terms(z))

    def f(self, z: Latents) -> tf.Tensor:
        """The sum over heads, Σ f_i(z_i), `[batch]`; zero where there are none."""
        return tf.add_n(self.f_terms(z)) if self.energies else tf.zeros_like(z[0][:, 0])

    def log_prior(self, z: Latents) -> tf.Tensor:
        """log of the unnormalised joint prior, Σ f_i(z_i) + log p_β>0(z), `[batch]` (Eq. 7, 13).

        Raises:
          ValueError: the tilting is conditional, whose normalising constants depend on z.
        """
        if self.tilting == "conditional":
            raise ValueError("with JointModel.tilting = 'conditional' log p(z) is known only up to Σ log Z_i(z_{i+1})")
        return self.f(z) + self.log_gaussian_prior(z)

    def log_normalizers(self, z: Latents, noise: Latents) -> tuple[tf.Tensor, ...]:
        """log Z_i(z_{i+1}) of conditional tilting for every layer but the top: one `[batch]` each, in nats.

        Estimated by log of the mean of exp[f_i(z_i)] over z_i ~ p_β(z_i | z_{i+1}); it is low by half its variance.

        Args:
          z: the layers that are conditioned on.
          noise: standard normal, `[proposals, dim]` per layer, shared by the examples.
        """
        found = []
        for i, (head, e) in enumerate(zip(self.energies[:-1], noise, strict=False)):
            mean, scale = self.prior.conditional(i, z[i + 1])
            proposals = mean[:, tf.newaxis] + scale[:, tf.newaxis] * e
            f = tf.reshape(head(tf.reshape(proposals, [-1, self.dims[i]])), tf.shape(proposals)[:2])
            found.append(tf.reduce_logsumexp(f, axis=1) - tf.math.log(tf.cast(tf.shape(e)[0], tf.float32)))
        return tuple(found)

    def call(self, noise: Latents) -> tf.Tensor:
        """Images whose latents are T(ε): samples of the Gaussian prior for ε ~ N(0, I)."""
        return self.decode(self.transform(noise))

    def get_config(self):
        """The constructor's arguments."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "generator": serialize(self.generator),
            "prior": serialize(self.prior),
            "energies": [serialize(head) for head in self.energies] if self.layerwise else serialize(self.energies[0]),
            "likelihood": serialize(self.likelihood),
            "inference": serialize(self.inference),
            "tilting": self.tilting,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuilds the parts, then the model."""
        deserialize = keras.saving.deserialize_keras_object
        energies = config["energies"]
        parts = {
            "generator": deserialize(config["generator"]),
            "prior": deserialize(config["prior"]),
            "energies": list(map(deserialize, energies)) if isinstance(energies, list) else deserialize(energies),
            "likelihood": deserialize(config["likelihood"]),
            "inference": deserialize(config["inference"]),
        }
        return cls(**{**config, **parts})


def _check_output(generator: Generator, likelihood: Likelihood) -> None:
    needed = (likelihood.outputs(generator.image_shape[-1]), likelihood.output_activation)
    if (generator.outputs, generator.output_activation) != needed:
        raise ValueError(
            f"Generator.outputs = {generator.outputs} and .output_activation = {generator.output_activation!r}, but"
            f" {type(likelihood).__name__} needs {needed[0]} and {needed[1]!r}"
        )
