"""A deterministic encoder, for autoencoders without noise."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.models.inference import Inference, Inferred
from jebm_tf.models.layers import check_stages, conv_stack
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.types import Latents


@keras.saving.register_keras_serializable("jebm_tf")
class Encoder(Inference):
    """z_1 = E(x): an inference network without spread, for one layer of latents.

    Args:
      stages: one (filters, kernel, stride, padding) per convolution; a linear layer from the flat map follows.
      activation: name of a Keras activation.
    """

    def __init__(self, stages: Sequence[tuple[int, int, int, str]], activation: str = "leaky_relu", **kwargs):
        super().__init__(**kwargs)
        check_stages(type(self).__name__, stages)
        self.stages = tuple(tuple(stage) for stage in stages)
        self.activation = activation

    def make_networks(self) -> None:
        """See `Inference`.

        Raises:
          ValueError: there is more than one layer.
        """
        if len(self.dims) != 1:
            raise ValueError(f"Encoder is for one layer of latents, but there are {len(self.dims)}")
        self.stack = conv_stack(self.stages, self.dims[0], self.activation)
        self.stack.build((None, *self.image_shape))

    def infer(self, x: tf.Tensor, noise: Latents = (), prior: GaussianPrior | None = None) -> Inferred:
        """The code of each image, with a scale of zero; noise and prior are not read."""
        del noise, prior
        code = self.stack(x)
        return Inferred((code,), (code,), (tf.zeros_like(code),))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "stages": self.stages, "activation": self.activation}
