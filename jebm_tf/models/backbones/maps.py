"""What backbones share whose layers of latents are maps, and vectors to everyone else."""

from typing import Protocol

import keras
import tensorflow as tf

from jebm_tf.models.backbones.backbone import Backbone, Conditionals
from jebm_tf.models.inference import Inferred
from jebm_tf.types import Latents


class Topology(Protocol):
    """What a backbone needs to know of its towers.

    Attributes:
      image_shape: height, width and channels of images.
      latent_shapes: height, width and channels of each layer's map, bottom first.
    """

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of images."""

    @property
    def latent_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of latents."""


Conditional = tuple[tf.Tensor, tf.Tensor]
"""Mean and standard deviation of a layer, both maps."""


class MapBackbone(Backbone):
    """A backbone of two towers, which agree on a topology.

    Args:
      topology: the shape of both.

    Attributes:
      generator: the way down, p.
      inference: the way up, and all that only q needs.
    """

    generator: keras.Model
    inference: keras.Model

    def __init__(self, topology: Topology, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.latent_shapes = topology.image_shape, topology.latent_shapes

    @property
    def parts(self) -> dict[str, keras.Model]:
        """See `Backbone`."""
        parts = {"generator": self.generator, "inference": self.inference}
        return parts | ({"likelihood": self.likelihood} if self.likelihood.variables else {})

    def conditionals(self, z: Latents) -> Conditionals:
        """See `Backbone`."""
        conditionals: dict[int, Conditional] = {}
        self._along(z, conditionals)
        return self._vector_conditionals(conditionals)

    def decoder_output(self, z: Latents) -> tf.Tensor:
        """See `Backbone`."""
        return self.generator(self._along(z, {}))

    def infer(self, x: tf.Tensor, noise: Latents) -> Inferred:
        """See `Backbone`."""
        return self.forward_pass(x, noise).inferred

    def _along(self, z: Latents, conditionals: dict[int, Conditional]) -> tf.Tensor:
        """The map that the generator's last part reads, with these z; what p is on the way goes into `conditionals`."""
        raise NotImplementedError

    def _map(self, layer: int, vector: tf.Tensor) -> tf.Tensor:
        return tf.reshape(vector, [-1, *self.latent_shapes[layer]])

    def _vectors(self, maps: dict[int, tf.Tensor]) -> Latents:
        return tuple(tf.reshape(maps[i], [-1, dim]) for i, dim in enumerate(self.dims))

    def _vector_conditionals(self, conditionals: dict[int, Conditional]) -> Conditionals:
        means, scales = (self._vectors({i: conditional[k] for i, conditional in conditionals.items()}) for k in (0, 1))
        return tuple(zip(means, scales, strict=True))

    @classmethod
    def from_config(cls, config):
        """Rebuilds the likelihood, then the backbone."""
        return cls(**{**config, "likelihood": keras.saving.deserialize_keras_object(config["likelihood"])})
