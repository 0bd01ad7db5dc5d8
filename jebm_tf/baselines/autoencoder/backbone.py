"""An autoencoder as a backbone: codes instead of a posterior, and a prior that is fitted to them."""

import keras
import tensorflow as tf

from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from jebm_tf.errors import UserError
from jebm_tf.models.backbones.backbone import Backbone
from jebm_tf.models.generator import Generator
from jebm_tf.models.likelihood import GaussianLikelihood, Likelihood
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class AutoencoderBackbone(Backbone):
    """Generator, mixture prior and encoder; there is no q(z | x) with a density, and no ε with T(ε) = z.

    Args:
      generator: maps z_1 to what the likelihood needs.
      prior: of the codes, the only layer.
      encoder: gives the code of an image.
      likelihood: p(x | z) given the generator's output; None for N(g(z_1), 0.3² I).
    """

    def __init__(
        self,
        generator: Generator,
        prior: MixturePrior,
        encoder: Encoder,
        likelihood: Likelihood | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if generator.latent_dim != prior.dim:
            raise ValueError(f"Generator.latent_dim = {generator.latent_dim} but MixturePrior.dim = {prior.dim}")
        self.generator = generator
        self.prior = prior
        self.encoder = encoder
        self.likelihood = GaussianLikelihood() if likelihood is None else likelihood
        self.image_shape = generator.image_shape
        self.latent_shapes = ((prior.dim,),)
        self.generator.build_for(self.likelihood)
        self.likelihood.build_for(self.image_shape)
        self.prior.build()
        self.encoder.build_for(self.image_shape, prior.dim)
        self.built = True

    @property
    def parts(self) -> dict[str, keras.Model]:
        """See `Backbone`; the encoder learns at the inference network's rate."""
        parts = {"generator": self.generator, "prior": self.prior, "inference": self.encoder}
        return parts | ({"likelihood": self.likelihood} if self.likelihood.variables else {})

    def require_reparameterisation(self, who: str) -> None:
        """Refuses, see `Backbone`."""
        raise UserError(f"{who}: needs a hierarchy of Gaussians, which the prior of an AutoencoderBackbone is not")

    def require_inference(self, who: str) -> None:
        """Refuses, see `Backbone`."""
        raise ValueError(f"{who} needs q(z | x), but the encoder of an AutoencoderBackbone is deterministic")

    def encode(self, x: tf.Tensor) -> Latents:
        """The code of each image of `x`, as the only layer of latents."""
        return (self.encoder(x),)

    def decoder_output(self, z: Latents) -> tf.Tensor:
        """The generator's output."""
        return self.generator(z[0])

    def log_prior_terms(self, z: Latents) -> tuple[tf.Tensor, ...]:
        """log p(z_1), `[batch]`, as a tuple of one."""
        return self.prior.log_prob_terms(z)

    def get_config(self):
        """The constructor's arguments."""
        names = ("generator", "prior", "encoder", "likelihood")
        serialize = keras.saving.serialize_keras_object
        return {**super().get_config(), **{name: serialize(getattr(self, name)) for name in names}}

    @classmethod
    def from_config(cls, config):
        """Rebuilds the parts, then the backbone."""
        names = ("generator", "prior", "encoder", "likelihood")
        return cls(**{**config, **{name: keras.saving.deserialize_keras_object(config[name]) for name in names}})
