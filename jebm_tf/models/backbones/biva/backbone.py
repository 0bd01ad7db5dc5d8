"""BIVA as a backbone."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.backbone import ForwardPass
from jebm_tf.models.backbones.biva.convolution import SameConv, initialised_by_data
from jebm_tf.models.backbones.biva.topology import Stage, Topology
from jebm_tf.models.backbones.biva.towers import BottomUp, TopDown
from jebm_tf.models.backbones.maps import Conditional, MapBackbone
from jebm_tf.models.inference import Inferred
from jebm_tf.models.layers import layers_within
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_TARGET = 0.01  # of the data-dependent initialisation


@keras.saving.register_keras_serializable("jebm_tf")
class BIVA(MapBackbone):
    """A hierarchy of maps of latents with inference in both directions (Maaløe et al. 2019).

    p(z) = p(z_top) Π p(up_i | z_{>i}) p(down_i | z_{>i}) over stages i from the top down, both given all that lies
    above. q draws every up_i on the way from the image, then the top, then every down_i on the way back. Layers are,
    bottom first: down_1, up_1, down_2, up_2, ..., top.

    Args:
      image_shape: height, width and channels of images.
      stages: one (latent_channels, scaling, size) each, from the image up, see `Stage`.
      filters: channels of all other maps.
      blocks: of each stage, on each path.
      dropout: within the blocks of both ways up, in training.
      max_log_variance: bound of log σ² of every layer; None for none, as the released program has it.
      likelihood: p(x | z).

    Example:
      >>> model = jebm.BIVA((8, 8, 1), stages=[(2, 2, 3), (2, 2, 3)], filters=4, blocks=1)
      >>> model.latent_shapes
      ((4, 4, 2), (4, 4, 2), (2, 2, 2))
      >>> model.conditionals(tuple(tf.zeros([3, dim]) for dim in model.dims))[0][0].shape
      TensorShape([3, 32])
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (32, 32, 3),
        stages: Sequence[tuple[int, int, int]] = ((8, 2, 5), (8, 2, 3)),
        filters: int = 96,
        blocks: int = 3,
        *,
        dropout: float = 0.0,
        max_log_variance: float | None = 8.0,
        likelihood: Likelihood | None = None,
        **kwargs,
    ):
        height, width, colours = image_shape
        topology = Topology((height, width, colours), tuple(Stage(*stage) for stage in stages), filters, blocks)
        super().__init__(topology, **kwargs)
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"BIVA.dropout = {dropout}: must be 0 or more, and less than 1")
        if max_log_variance is not None and max_log_variance <= 0.0:
            raise ValueError(f"BIVA.max_log_variance = {max_log_variance}: must be positive, or None for no bound")
        self.topology, self.dropout, self.max_log_variance = topology, dropout, max_log_variance
        self.likelihood = LogisticMixtureLikelihood() if likelihood is None else likelihood
        self.likelihood.build_for(image_shape)
        read = self.likelihood.outputs(self.image_shape[-1]), self.likelihood.output_activation
        self.generator = TopDown(self.topology, *read, name="generator")
        self.inference = BottomUp(self.topology, dropout, name="inference")
        self.built = True

    @property
    def has_analytic_kl(self) -> tuple[bool, ...]:
        """Layers of the way down and the top: when an up_i is drawn, what p is given is still to come."""
        return (True, False) * self.topology.top + (True,)

    def spectral_layers(self) -> tuple[list[SameConv], list[keras.layers.Layer]]:
        """All convolutions; there are no batch norms."""
        layers = [layer for part in (self.generator, self.inference) for layer in layers_within(part)]
        return [layer for layer in layers if isinstance(layer, SameConv)], []

    def initialise(self, x: tf.Tensor, seed: Seed) -> None:
        """See `Backbone`: all convolutions' norms and biases (Salimans and Kingma 2016), by one pass as in training.

        Latents are drawn in it: they are a hundred times as spread as other maps, so that what reads them must be
        fitted to draws, not to means.
        """
        noise = tuple(seeds.normal([len(x), dim], seeds.fold(seed, layer)) for layer, dim in enumerate(self.dims))
        with initialised_by_data(self.spectral_layers()[0], _TARGET):
            self.forward_pass(x, noise, training=True, seed=seeds.fold(seed, Purpose.DROPOUT))

    def transform(self, noise: Latents) -> Latents:
        """T(ε)."""
        drawn = {}

        def draw(layer: int, conditional: Conditional, _) -> tf.Tensor:
            drawn[layer] = conditional[0] + conditional[1] * self._map(layer, noise[layer])
            return drawn[layer]

        self._descend(draw, tf.shape(noise[0])[0])
        return self._vectors(drawn)

    def forward_pass(
        self, x: tf.Tensor, noise: Latents, training: bool = False, seed: Seed | None = None
    ) -> ForwardPass:
        """See `Backbone`; up and down once."""
        drawn, q, conditionals = {}, {}, {}

        def from_q(layer: int, raw: tf.Tensor) -> tf.Tensor:
            q[layer] = mean, scale = self._conditional(raw)
            drawn[layer] = mean + scale * self._map(layer, noise[layer])
            return drawn[layer]

        # Up from the image: each stage's z of the way up is drawn by q before the next stage is computed.
        seen = self.inference.upward(x, lambda stage, raw: from_q(2 * stage + 1, raw), seed if training else None)

        # Down from the top: p's conditional of every layer is noted. What the way up has drawn is taken as it is; the
        # top, and each stage's z of the way down, are drawn by q from what was seen on the way up and what lies above.
        def draw(layer: int, conditional: Conditional, above: tf.Tensor | None) -> tf.Tensor:
            conditionals[layer] = conditional
            if layer in drawn:
                return drawn[layer]
            stage = layer // 2
            return from_q(layer, seen[-1] if above is None else self.inference.merged(stage, seen[stage], above))

        s = self._descend(draw, tf.shape(x)[0])
        means, scales = zip(*self._vector_conditionals(q), strict=True)
        return ForwardPass(
            Inferred(self._vectors(drawn), means, scales), self._vector_conditionals(conditionals), self.generator(s)
        )

    def _along(self, z: Latents, conditionals: dict[int, Conditional]) -> tf.Tensor:
        """The map below the lowest stage with these z; what p is on the way goes into `conditionals`."""

        def given(layer: int, conditional: Conditional, _) -> tf.Tensor:
            conditionals[layer] = conditional
            return self._map(layer, z[layer])

        return self._descend(given, tf.shape(z[0])[0])

    def _descend(self, choose, batch: int | tf.Tensor) -> tf.Tensor:
        """The map below the lowest stage; z are as choose(layer, conditional of p, map above or None) has them."""
        top = self.topology.top
        zeros = tf.zeros([batch, *self.latent_shapes[-1]])
        # The top layer's p is N(0, I); `maps` are the blocks of one stage, which the blocks of the next one join.
        z = choose(2 * top, (zeros, tf.ones_like(zeros)), None)
        maps = self.generator.stage(top, z, ())
        for stage in reversed(range(top)):
            # Both layers of a stage are given all that lies above, in the last map, and not each other.
            down, up = (self._conditional(raw) for raw in self.generator.raw(stage, maps[-1]))
            drawn_up = choose(2 * stage + 1, up, maps[-1])
            z = tf.concat([choose(2 * stage, down, maps[-1]), drawn_up], axis=-1)
            maps = self.generator.stage(stage, z, maps)
        return maps[-1]

    def _conditional(self, raw: tf.Tensor) -> Conditional:
        """Mean and σ from what a network gives, both in one map: log σ² = softplus(s), so that σ is above 1.

        The bound is far above what is learned. Without it one image's σ may grow from layer to layer without end.
        """
        mean, raw_variance = tf.split(raw, 2, axis=-1)
        log_variance = tf.nn.softplus(raw_variance)
        if self.max_log_variance is not None:
            log_variance = tf.minimum(log_variance, self.max_log_variance)
        return mean, tf.exp(0.5 * log_variance)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "image_shape": self.topology.image_shape,
            "stages": [(stage.latent_channels, stage.scaling, stage.size) for stage in self.topology.stages],
            "filters": self.topology.filters,
            "blocks": self.topology.blocks,
            "dropout": self.dropout,
            "max_log_variance": self.max_log_variance,
            "likelihood": keras.saving.serialize_keras_object(self.likelihood),
        }
