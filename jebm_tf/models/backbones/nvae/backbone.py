"""The NVAE as a backbone."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.backbones.backbone import ForwardPass
from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.backbones.maps import MapBackbone
from jebm_tf.models.backbones.nvae.bottom_up import BottomUp
from jebm_tf.models.backbones.nvae.top_down import Raw, TopDown
from jebm_tf.models.backbones.nvae.topology import Topology
from jebm_tf.models.inference import Inferred
from jebm_tf.models.layers import layers_within, soft_clamp
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from jebm_tf.types import Latents, Seed

_BOUND = 5.0  # of means and log σ
_LEAST_SCALE = 0.01


@keras.saving.register_keras_serializable("jebm_tf")
class NVAE(MapBackbone):
    """A deep hierarchy of maps of latents, with bidirectional inference (Vahdat and Kautz 2020).

    p(z_i | z_{>i}) = N(b(m), (exp b(s) + 0.01)²) with b(a) = 5 tanh(a / 5), and m, s from the way down; for the top
    group m = s = 0, so that its σ is 1.01. q(z_i | z_{>i}, x) is the same with m + Δm, s + Δs, where Δm and Δs also see
    the image ("residual normal"), then goes through `flows` cells.

    Args:
      image_shape: height, width and channels of images.
      channels: of the maps at the image's own size; every halving doubles them.
      groups: number of groups of latents at each scale, the finest first.
      latent_channels: of each group.
      halvings: how often the finest scale of latents is smaller than the image.
      cells, end_cells: residual cells for each group, and for each halving next to the image.
      flows: flow cells of each q.
      likelihood: p(x | z).
      recompute: trade time for memory: activations within a group's cells are not kept for gradients.

    Example:
      >>> model = jebm.NVAE((8, 8, 1), channels=4, groups=(1, 1), latent_channels=2, cells=1, end_cells=1)
      >>> model.latent_shapes
      ((4, 4, 2), (2, 2, 2))
      >>> [tuple(z_i.shape) for z_i in model.transform(tuple(tf.zeros([3, dim]) for dim in model.dims))]
      [(3, 32), (3, 8)]
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (32, 32, 3),
        channels: int = 128,
        groups: Sequence[int] = (30,),
        latent_channels: int = 20,
        *,
        halvings: int = 1,
        cells: int = 2,
        end_cells: int = 2,
        flows: int = 0,
        likelihood: Likelihood | None = None,
        recompute: bool = False,
        **kwargs,
    ):
        height, width, colours = image_shape
        topology = Topology(
            (height, width, colours), channels, tuple(groups), latent_channels, halvings, cells, end_cells
        )
        super().__init__(topology, **kwargs)
        self.topology = topology
        self.likelihood = LogisticMixtureLikelihood() if likelihood is None else likelihood
        self.likelihood.build_for(image_shape)
        self.num_flows, self.recompute = flows, recompute
        read = self.likelihood.outputs(self.image_shape[-1]), self.likelihood.output_activation
        self.generator = TopDown(self.topology, *read, recompute=recompute, name="generator")
        self.inference = BottomUp(self.topology, flows, name="inference")
        self.built = True

    @property
    def has_analytic_kl(self) -> tuple[bool, ...]:
        """All groups, unless there are flows."""
        return (not self.num_flows,) * len(self.dims)

    def spectral_layers(self) -> tuple[list[keras.layers.Layer], list[keras.layers.Layer]]:
        """All convolutions and batch norms."""
        layers = [layer for part in (self.generator, self.inference) for layer in layers_within(part)]
        convolutions = [layer for layer in layers if isinstance(layer, Conv)]
        return convolutions, [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]

    def transform(self, noise: Latents) -> Latents:
        """T(ε)."""
        return self._ancestral(noise)[0]

    def update_statistics(self, noise: Latents) -> None:
        """See `Backbone`; of the batch norms on the way down."""
        self.generator(self._ancestral(noise, training=True)[1], training=True)

    def _ancestral(self, noise: Latents, training: bool = False) -> tuple[Latents, tf.Tensor]:
        """T(ε), and the map below the bottom group."""
        z = {}

        def draw(i: int, raw: Raw, _) -> tf.Tensor:
            mean, scale = _bounded(raw)
            z[i] = mean + scale * self._map(i, noise[i])
            return z[i]

        s = self.generator.descend(draw, tf.shape(noise[0])[0], training)
        return self._vectors(z), s

    def forward_pass(
        self, x: tf.Tensor, noise: Latents, training: bool = False, seed: Seed | None = None
    ) -> ForwardPass:
        """See `Backbone`; up and down once."""
        del seed
        seen = self.inference(x, training=training)
        z, q, log_q, conditionals = {}, {}, {}, {}

        def draw(i: int, raw: Raw, above: tf.Tensor | None) -> tf.Tensor:
            conditionals[i] = _bounded(raw)
            change = self.inference.raw(i, seen[i], above)
            q[i] = mean, scale = _bounded(tuple(p + dq for p, dq in zip(raw, change, strict=True)))
            drawn = mean + scale * self._map(i, noise[i])
            log_q[i] = normal_log_prob(drawn, mean, scale)
            z[i] = self.inference.flow(i, drawn)
            return z[i]

        s = self.generator.descend(draw, tf.shape(x)[0], training)
        means, scales = zip(*self._vector_conditionals(q), strict=True)
        flowed = tuple(log_q[i] for i in range(len(z))) if self.num_flows else None
        inferred = Inferred(self._vectors(z), means, scales, log_q=flowed)
        return ForwardPass(inferred, self._vector_conditionals(conditionals), self.generator(s, training=training))

    def _along(self, z: Latents, conditionals: dict[int, Raw]) -> tf.Tensor:
        """The map below the bottom group with these z; what p is on the way goes into `conditionals`."""

        def given(i: int, raw: Raw, _) -> tf.Tensor:
            conditionals[i] = _bounded(raw)
            return self._map(i, z[i])

        return self.generator.descend(given, tf.shape(z[0])[0])

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "image_shape": self.topology.image_shape,
            "channels": self.topology.channels,
            "groups": self.topology.groups,
            "latent_channels": self.topology.latent_channels,
            "halvings": self.topology.halvings,
            "cells": self.topology.cells,
            "end_cells": self.topology.end_cells,
            "flows": self.num_flows,
            "likelihood": keras.saving.serialize_keras_object(self.likelihood),
            "recompute": self.recompute,
        }


def _bounded(raw: Raw) -> Raw:
    """Mean and σ from what the networks give."""
    mean, log_scale = (soft_clamp(part, _BOUND) for part in raw)
    return mean, tf.exp(log_scale) + _LEAST_SCALE
