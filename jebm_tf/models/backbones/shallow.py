"""The shallow backbone: a generator that reads the bottom layer of a small hierarchy of vectors (Eq. 1-4)."""

import keras
import tensorflow as tf

from jebm_tf.models.backbones.backbone import Backbone, Laws
from jebm_tf.models.encoder import Encoder
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import Inference, Inferred
from jebm_tf.models.likelihood import GaussianLikelihood, Likelihood
from jebm_tf.models.mixture_prior import MixturePrior
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class ShallowBackbone(Backbone):
    """Generator, prior, likelihood and inference network, each a part of its own.

    Args:
      generator: maps z_1 to what the likelihood needs.
      prior: p_β>0.
      likelihood: p(x | z) given the generator's output; None for N(g(z_1), 0.3² I) (Eq. 9).
      inference: q(z | x), for variational learning; None where posterior samples come from chains.
    """

    def __init__(
        self,
        generator: Generator,
        prior: GaussianPrior | MixturePrior,
        likelihood: Likelihood | None = None,
        inference: Inference | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if generator.latent_dim != prior.dims[0]:
            raise ValueError(
                f"Generator.latent_dim = {generator.latent_dim} but GaussianPrior.dims[0] = {prior.dims[0]}:"
                " the generator reads the bottom layer, so the two must agree"
            )
        likelihood = GaussianLikelihood() if likelihood is None else likelihood
        _check_output(generator, likelihood)
        self.generator = generator
        self.prior = prior
        self.likelihood = likelihood
        self.inference = inference
        self.is_gaussian = isinstance(prior, GaussianPrior)
        self.can_infer = inference is not None and not isinstance(inference, Encoder)
        self.top_down = inference is not None and inference.top_down
        self.build()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of images."""
        return self.generator.image_shape

    @property
    def latent_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Every layer is a vector."""
        return tuple((dim,) for dim in self.prior.dims)

    @property
    def noise_dims(self) -> tuple[int, ...]:
        """Dimension of each layer of the noise that `transform` takes."""
        return self.prior.noise_dims

    @property
    def parts(self) -> dict[str, keras.Model]:
        """See `Backbone`."""
        parts = {"generator": self.generator, "prior": self.prior}
        if self.inference is not None:
            parts["inference"] = self.inference
        if self.likelihood.variables:
            parts["likelihood"] = self.likelihood
        return parts

    def build(self, input_shape=None):
        """Makes every weight; the shapes follow from the parts' own settings."""
        self.generator.build()
        self.likelihood.build_for(self.image_shape)
        self.prior.build()
        if self.inference is not None:
            self.inference.build_for(self.image_shape, self.prior.dims)
        self.built = True

    @property
    def closed(self) -> tuple[bool, ...]:
        """All layers of a top-down q; else the top one, whose prior is given nothing."""
        return (self.top_down,) * (len(self.dims) - 1) + (True,)

    def transform(self, noise: Latents) -> Latents:
        """T(ε)."""
        return self.prior.transform(noise)

    def laws(self, z: Latents) -> Laws:
        """See `Backbone`; each layer's depends on the next one above it alone."""
        return self.prior.laws(z)

    def log_prior_terms(self, z: Latents, above: Latents | None = None) -> tuple[tf.Tensor, ...]:
        """See `Backbone`."""
        return super().log_prior_terms(z, above) if self.is_gaussian else self.prior.log_prob_terms(z)

    def output(self, z: Latents) -> tf.Tensor:
        """The generator's output; it reads z_1."""
        return self.generator(z[0])

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """See `Backbone`."""
        return self.inference.infer(x, noise, self.prior)

    def get_config(self):
        """The constructor's arguments."""
        names = ("generator", "prior", "likelihood", "inference")
        serialize = keras.saving.serialize_keras_object
        return {**super().get_config(), **{name: serialize(getattr(self, name)) for name in names}}

    @classmethod
    def from_config(cls, config):
        """Rebuilds the parts, then the backbone."""
        names = ("generator", "prior", "likelihood", "inference")
        return cls(**{**config, **{name: keras.saving.deserialize_keras_object(config[name]) for name in names}})


def _check_output(generator: Generator, likelihood: Likelihood) -> None:
    needed = (likelihood.outputs(generator.image_shape[-1]), likelihood.output_activation)
    if (generator.outputs, generator.output_activation) != needed:
        raise ValueError(
            f"Generator.outputs = {generator.outputs} and .output_activation = {generator.output_activation!r}, but"
            f" {type(likelihood).__name__} needs {needed[0]} and {needed[1]!r}"
        )
