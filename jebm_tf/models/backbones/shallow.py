"""The shallow backbone: a generator that reads the bottom layer of a small hierarchy of vectors (Eq. 1-4)."""

import keras
import tensorflow as tf

from jebm_tf.models.backbones.backbone import Backbone, Conditionals
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import Inference, Inferred
from jebm_tf.models.likelihood import GaussianLikelihood, Likelihood
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

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> backbone = jebm.ShallowBackbone(generator, jebm.GaussianPrior((4, 2)), jebm.BernoulliLikelihood())
      >>> backbone.dims, backbone.image_shape
      ((4, 2), (8, 8, 1))
      >>> backbone((tf.zeros([3, 4]), tf.zeros([3, 2]))).shape
      TensorShape([3, 8, 8, 1])
    """

    def __init__(
        self,
        generator: Generator,
        prior: GaussianPrior,
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
        if not (inference is None or isinstance(inference, Inference)):
            raise ValueError(
                f"ShallowBackbone.inference = @{type(inference).__name__}(): not an inference network q(z | x)"
            )
        self.generator = generator
        self.prior = prior
        self.likelihood = GaussianLikelihood() if likelihood is None else likelihood
        self.inference = inference
        self.top_down = inference is not None and inference.top_down
        self.image_shape = generator.image_shape
        self.latent_shapes = tuple((dim,) for dim in prior.dims)
        self.build()

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
        self.generator.build_for(self.likelihood)
        self.likelihood.build_for(self.image_shape)
        self.prior.build()
        if self.inference is not None:
            self.inference.build_for(self.image_shape, self.prior.dims)
        self.built = True

    def require_inference(self, who: str) -> None:
        """See `Backbone`."""
        if self.inference is None:
            raise ValueError(f"{who} needs ShallowBackbone.inference: set it to @BottomUpInference()")

    def transform(self, noise: Latents) -> Latents:
        """T(ε)."""
        return self.prior.transform(noise)

    def conditionals(self, z: Latents) -> Conditionals:
        """See `Backbone`; each layer's depends on the next one above it alone."""
        return self.prior.conditionals(z)

    def decoder_output(self, z: Latents) -> tf.Tensor:
        """The generator's output; it reads z_1."""
        return self.generator(z[0])

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """See `Backbone`."""
        if self.inference is None:
            raise ValueError("ShallowBackbone.infer needs ShallowBackbone.inference: set it to @BottomUpInference()")
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
