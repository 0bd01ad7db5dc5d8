"""BIVA's paths: two up from the image, of which one draws latents on its way, and one down to it."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from jebm_tf.models.backbones.biva.block import GatedBlock
from jebm_tf.models.backbones.biva.topology import Stage, Topology
from jebm_tf.models.backbones.convolution import Conv

Draw = Callable[[int, tf.Tensor], tf.Tensor]
"""(stage, what mean and σ are made of) → the stage's z of the way up, a map."""


class BottomUp(keras.Model):
    """q's networks: the stochastic way up, the deterministic one beside it, and what joins that with the way down.

    Args:
      topology: of all paths.
    """

    def __init__(self, topology: Topology, **kwargs):
        super().__init__(**kwargs)
        filters = topology.filters
        self.stochastic, self.deterministic, self.heads, self.merges, self.merged_heads = [], [], [], [], []
        channels = (topology.image_shape[-1],) * 2
        for i, stage in enumerate(topology.stages):
            joined = (filters, filters) if i else ()
            self.stochastic.append(_ascent(topology, i, channels[0], joined))
            self.deterministic.append(_ascent(topology, i, channels[1], (filters,)))
            top = i == topology.top
            merged = {} if top else {"joined": (filters,)}
            self.merges.append(GatedBlock(2 * filters if top else filters, filters, stage.size, **merged))
            self.merged_heads.append(Conv(filters, 2 * stage.latent_channels, 3))
            if not top:
                self.heads.append(Conv(filters, 2 * stage.latent_channels, 3))
            channels = (stage.latent_channels, filters)
        self.built = True

    def upward(self, x: tf.Tensor, draw: Draw) -> list[tf.Tensor]:
        """Up from images in [−1, 1], with z of the way up as `draw` has them.

        Returns:
          For each stage what the way down will need of it; for the top one what its mean and σ are made of.
        """
        up, beside, seen, joined = x, x, [], ()
        for i, head in enumerate([*self.heads, None]):
            up = _through(self.stochastic[i], up, [joined] * len(self.stochastic[i]))
            beside = _through(self.deterministic[i], beside, [(up,)] * len(self.deterministic[i]))
            joined = (up, beside)
            seen.append(beside)
            if head is not None:
                up = draw(i, head(tf.nn.elu(up)))
        top = self.merges[-1](tf.concat([beside, up], axis=-1))
        seen[-1] = self.merged_heads[-1](tf.nn.elu(top))
        return seen

    def merged(self, stage: int, seen: tf.Tensor, above: tf.Tensor) -> tf.Tensor:
        """What q's mean and σ of a stage's z of the way down are made of."""
        return self.merged_heads[stage](tf.nn.elu(self.merges[stage](seen, (above,))))


class TopDown(keras.Model):
    """p's network: from the top's z down to the image; each block of a stage also sees that of the stage above.

    Args:
      topology: of all paths.
      outputs: channels of what the likelihood reads.
      output_activation: name of the last activation.
    """

    def __init__(self, topology: Topology, outputs: int, output_activation: str, **kwargs):
        super().__init__(**kwargs)
        self.towers = [_descent(topology, i) for i in range(len(topology.stages))]
        self.heads = [
            [Conv(topology.filters, 2 * stage.latent_channels, 3) for _ in range(2)] for stage in topology.stages[:-1]
        ]
        self.image = Conv(topology.filters, outputs, 1)
        self.output_activation = keras.activations.get(output_activation)
        self.built = True

    def stage(self, number: int, z: tf.Tensor, above: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """The maps after each block of a stage's way down.

        Args:
          number: the stage's, from 0 at the bottom.
          z: its latents, in one map.
          above: the maps of the stage above; none at the top.
        """
        maps = []
        for i, block in enumerate(self.towers[number]):
            z = block(z, above[i : i + 1])
            maps.append(z)
        return maps

    def raw(self, stage: int, s: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What p's means and σ of a stage's latents are made of: of those of the way down, of those of the way up."""
        return tuple(head(tf.nn.elu(s)) for head in self.heads[stage])

    def call(self, s: tf.Tensor) -> tf.Tensor:
        """The last map of the lowest stage → what the likelihood reads."""
        return self.output_activation(self.image(tf.nn.elu(s)))


def _through(blocks: Sequence[GatedBlock], x: tf.Tensor, joined: Sequence[Sequence[tf.Tensor]]) -> tf.Tensor:
    for block, others in zip(blocks, joined, strict=True):
        x = block(x, others)
    return x


def _ascent(topology: Topology, number: int, channels: int, joined: tuple[int, ...]) -> list[GatedBlock]:
    """A stage's blocks of a way up; the last one scales, and the very first sees pixels."""
    stage: Stage = topology.stages[number]
    made = []
    for j in range(topology.blocks):
        scaling = "down" if stage.scaling == 2 and j == topology.blocks - 1 else "same"
        made.append(
            GatedBlock(
                topology.filters if j else channels,
                topology.filters,
                stage.size,
                scaling,
                joined=joined,
                residual=bool(number or j),
            )
        )
    return made


def _descent(topology: Topology, number: int) -> list[GatedBlock]:
    """A stage's blocks of the way down; the first one scales, and sees latents."""
    stage, top = topology.stages[number], number == topology.top
    channels = stage.latent_channels * (1 if top else 2)
    made = []
    for j in range(topology.blocks):
        scaling = "up" if stage.scaling == 2 and not j else "same"
        joined = () if top else (topology.filters,)
        width = topology.filters if j else channels
        made.append(GatedBlock(width, topology.filters, stage.size, scaling, joined=joined, residual=bool(j)))
    return made
