"""The joint latent-space EBM prior model: p(x, z) ∝ p(x | z) exp[Σ f_i(z_i)] p_β>0(z) (Eq. 1, 6, 7)."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.energy import NegativeEnergy
from jebm_tf.models.inference import Inferred
from jebm_tf.models.terms import DensityTerms, PriorTerms
from jebm_tf.models.tilting import Tilting
from jebm_tf.types import Latents, Seed

Energies = Sequence[NegativeEnergy] | NegativeEnergy | Callable[[], NegativeEnergy]


@keras.saving.register_keras_serializable("jebm_tf")
class JointModel(keras.Model):
    """A backbone and the energy heads that tilt its prior; the densities that they define together.

    Args:
      backbone: p(x | z), p_β>0 and, where there is one, q(z | x).
      energies: f_1, ..., f_L, bottom first (Eq. 6), or a function that makes one, called once for each layer; one head
        that is not in a list reads all layers together, f(z_1, ..., z_L); an empty list leaves the Gaussian prior
        alone.
      tilting: how both make one prior; None for the paper's, all layers jointly.
      freeze_backbone: nothing of the backbone learns, as in the second stage of two-stage learning.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> backbone = jebm.ShallowBackbone(generator, jebm.GaussianPrior((4, 2)))
      >>> model = jebm.JointModel(backbone, jebm.EnergyHead)
      >>> z = tf.zeros([3, 4]), tf.zeros([3, 2])
      >>> model.log_prior(z).shape, model.decode(z).shape
      (TensorShape([3]), TensorShape([3, 8, 8, 1]))
      >>> list(model.parts)
      ['generator', 'prior', 'f_1', 'f_2']
    """

    def __init__(
        self,
        backbone: Backbone,
        energies: Energies,
        *,
        tilting: Tilting | None = None,
        freeze_backbone: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.layerwise = not isinstance(energies, NegativeEnergy)
        self.energies = _heads(energies, len(backbone.dims))
        if self.energies:
            backbone.require_reparameterisation("JointModel.energies")
        self.backbone = backbone
        self.tilting = Tilting() if tilting is None else tilting
        self.tilting.check(self)
        self.freeze_backbone = freeze_backbone
        self.build()
        if freeze_backbone:
            backbone.trainable = False

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of each layer of latents, bottom first."""
        return self.backbone.dims

    @property
    def energy_names(self) -> tuple[str, ...]:
        """What the heads are called, after "f": the layer's number from 1 at the bottom, or "all"."""
        return tuple(str(i) for i in range(1, len(self.energies) + 1)) if self.layerwise else ("all",)

    @property
    def parts(self) -> dict[str, keras.Model]:
        """The parts by the names under which their parameters, learning rates and norms are reported."""
        return {**self.backbone.parts, **self.energy_parts}

    @property
    def energy_parts(self) -> dict[str, keras.Model]:
        """Those of `parts` that are energies, bottom first; the others are the backbone's."""
        return {f"f_{name}": head for name, head in zip(self.energy_names, self.energies, strict=True)}

    def build(self, input_shape=None):
        """Makes every head's weights, and what the backbone has not made yet; the shapes follow from the backbone."""
        if not self.backbone.built:
            self.backbone.build()
        shapes = self.backbone.latent_shapes if self.layerwise else [(sum(self.dims),)]
        for head, shape in zip(self.energies, shapes, strict=False):
            head.build_for(shape)
        self.built = True

    def decode(self, z: Latents) -> tf.Tensor:
        """The mean of p(x | z): images `[batch, height, width, channels]` in [−1, 1]."""
        return self.backbone.likelihood.mean(self.backbone.decoder_output(z))

    def image(self, z: Latents, seed: Seed) -> tf.Tensor:
        """The image that a sample z is shown and compared as, see `Likelihood.image`; shaped like `decode`'s."""
        return self.backbone.likelihood.image(self.backbone.decoder_output(z), seed)

    def transform(self, noise: Latents) -> Latents:
        """T(ε), the ancestral reparameterisation of p_β>0."""
        return self.backbone.transform(noise)

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """A sample of q(z | x) for each image of `x`, reparameterised by standard normal `noise` shaped like z."""
        return self.backbone.infer(x, noise)

    def log_likelihood(self, x: tf.Tensor, z: Latents) -> tf.Tensor:
        """log p(x | z), `[batch]`, in nats."""
        return self.backbone.likelihood.log_prob(x, self.backbone.decoder_output(z))

    def f_terms(self, z: Latents) -> tuple[tf.Tensor, ...]:
        """What each head adds to the log prior, f_1(z_1), ..., f_L(z_L): one `[batch]` per head (Eq. 6)."""
        seen = z if self.layerwise else [tf.concat(z, axis=-1)]
        return tuple(head(z_i) for head, z_i in zip(self.energies, seen, strict=False))

    def log_gaussian_prior(self, z: Latents) -> tf.Tensor:
        """log p_β>0(z), `[batch]`, in nats (Eq. 2)."""
        return tf.add_n(self.backbone.log_prior_terms(z))

    def f(self, z: Latents) -> tf.Tensor:
        """The sum over heads, Σ f_i(z_i), `[batch]`; zero where there are none."""
        return tf.add_n(self.f_terms(z)) if self.energies else tf.zeros_like(z[0][:, 0])

    def log_prior(self, z: Latents) -> tf.Tensor:
        """log of the unnormalised joint prior, Σ f_i(z_i) + log p_β>0(z), `[batch]` (Eq. 7, 13).

        Raises:
          ValueError: normalising constants depend on z, see `Tilting.require_joint`.
        """
        self.tilting.require_joint("JointModel.log_prior")
        return self.f(z) + self.log_gaussian_prior(z)

    def prior_terms(self, z: Latents, seed: Seed) -> PriorTerms:
        """The terms of log p(z); `seed` is for estimates of normalising constants, where these depend on z."""
        f = dict(zip(self.energy_names, self.f_terms(z), strict=True))
        return PriorTerms(self.backbone.log_prior_terms(z), f, self.tilting.log_normalizers(self, z, seed))

    def density_terms(self, x: tf.Tensor, z: Latents, seed: Seed) -> DensityTerms:
        """The terms of log p(x, z) for images `[batch, height, width, channels]` in [−1, 1] and as many latents."""
        return DensityTerms(self.log_likelihood(x, z), self.prior_terms(z, seed))

    def call(self, noise: Latents) -> tf.Tensor:
        """Images whose latents are T(ε): samples of the Gaussian prior for ε ~ N(0, I)."""
        return self.decode(self.transform(noise))

    def get_config(self):
        """The constructor's arguments."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "backbone": serialize(self.backbone),
            "energies": [serialize(head) for head in self.energies] if self.layerwise else serialize(self.energies[0]),
            "tilting": serialize(self.tilting),
            "freeze_backbone": self.freeze_backbone,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuilds the parts, then the model."""
        deserialize = keras.saving.deserialize_keras_object
        energies = config["energies"]
        parts = {
            "backbone": deserialize(config["backbone"]),
            "tilting": deserialize(config["tilting"]),
            "energies": list(map(deserialize, energies)) if isinstance(energies, list) else deserialize(energies),
        }
        return cls(**{**config, **parts})


def _heads(energies: Energies, num_layers: int) -> list[NegativeEnergy]:
    """One head per layer, or the one that reads all layers, or none.

    Raises:
      ValueError: there are others than that.
    """
    if isinstance(energies, NegativeEnergy):
        return [energies]
    heads = [energies() for _ in range(num_layers)] if callable(energies) else list(energies)
    if len(heads) not in (0, num_layers):
        raise ValueError(
            f"JointModel.energies has {len(heads)} heads for {num_layers} layers of latents:"
            " give one head per layer, or none"
        )
    return heads
