"""BIVA's paths: two up from the image, of which one draws latents on its way, and one down to it."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.backbones.biva.block import GatedBlock, Joined
from jebm_tf.models.backbones.biva.convolution import SameConv, Scaling
from jebm_tf.models.backbones.biva.topology import Topology
from jebm_tf.types import Seed

Draw = Callable[[int, tf.Tensor], tf.Tensor]
"""(stage, what mean and σ are made of) → the stage's z of the way up, a map."""

_MERGE = 3  # kernel size of what merges q's way up and p's way down; heads of latents have it too


class BottomUp(keras.Model):
    """q's networks: the stochastic way up, the deterministic one beside it, and what joins that with the way down.

    Args:
      topology: of all paths.
      dropout: within the blocks of both ways up.
    """

    def __init__(self, topology: Topology, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        filters = topology.filters
        self.stochastic, self.deterministic, self.heads, self.merges, self.merged_heads = [], [], [], [], []
        channels = (topology.image_shape[-1],) * 2
        for i, stage in enumerate(topology.stages):
            seen = Joined(2 * filters) if i else None
            beside = Joined(filters, "up" if stage.scaling == 2 else "same")
            self.stochastic.append(_ascent(topology, i, channels[0], seen, dropout))
            self.deterministic.append(_ascent(topology, i, channels[1], beside, dropout))
            if i == topology.top:
                self.merges.append(GatedBlock(2 * filters, filters, stage.size, dropout=dropout))
            else:
                self.merges.append(GatedBlock(filters, filters, _MERGE, joined=Joined(filters)))
                self.heads.append(SameConv(filters, 2 * stage.latent_channels, _MERGE))
            self.merged_heads.append(SameConv(filters, 2 * stage.latent_channels, _MERGE))
            channels = (stage.latent_channels, filters)
        self.built = True

    def upward(self, x: tf.Tensor, draw: Draw, seed: Seed | None = None) -> list[tf.Tensor]:
        """Up from images in [−1, 1], with z of the way up as `draw` has them.

        Args:
          x: `[batch, height, width, channels]`.
          draw: gives each stage's z.
          seed: of dropout; None leaves it out.

        Returns:
          For each stage what the way down will need of it; for the top one what its mean and σ are made of.
        """
        up, beside, seen, joined = x, x, [], None
        for i, head in enumerate([*self.heads, None]):
            up = _through(self.stochastic[i], up, joined, _of(seed, 2 * i))
            beside = _through(self.deterministic[i], beside, up, _of(seed, 2 * i + 1))
            joined = tf.concat([up, beside], axis=-1)
            seen.append(beside)
            if head is not None:
                up = draw(i, head(tf.nn.elu(up)))
        top = self.merges[-1](joined, seed=_of(seed, 2 * len(seen)))
        seen[-1] = self.merged_heads[-1](tf.nn.elu(top))
        return seen

    def merged(self, stage: int, seen: tf.Tensor, above: tf.Tensor) -> tf.Tensor:
        """What q's mean and σ of a stage's z of the way down are made of."""
        return self.merged_heads[stage](tf.nn.elu(self.merges[stage](seen, above)))


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
            [SameConv(topology.filters, 2 * stage.latent_channels, _MERGE) for _ in range(2)]
            for stage in topology.stages[:-1]
        ]
        self.image = SameConv(topology.filters, outputs, 1)
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
            z = block(z, above[i] if above else None)
            maps.append(z)
        return maps

    def raw(self, stage: int, s: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What p's means and σ of a stage's latents are made of: of those of the way down, of those of the way up."""
        down, up = self.heads[stage]
        return down(tf.nn.elu(s)), up(tf.nn.elu(s))

    def call(self, s: tf.Tensor) -> tf.Tensor:
        """The last map of the lowest stage → what the likelihood reads."""
        return self.output_activation(self.image(tf.nn.elu(s)))


def _of(seed: Seed | None, path: int) -> Seed | None:
    """The seed of one path or block; all of it are tensors, as Keras wants of what goes into a layer."""
    if seed is None:
        return None
    return seeds.from_row(seeds.fold(seed, path), tf.convert_to_tensor(seed.first_row))


def _through(blocks: Sequence[GatedBlock], x: tf.Tensor, joined: tf.Tensor | None, seed: Seed | None) -> tf.Tensor:
    for i, block in enumerate(blocks):
        x = block(x, joined, seed=_of(seed, i))
    return x


def _ascent(topology: Topology, number: int, channels: int, joined: Joined | None, dropout: float) -> list[GatedBlock]:
    """A stage's blocks of a way up; the last one scales, and the very first sees pixels."""
    stage, made = topology.stages[number], []
    for j in range(topology.blocks):
        scaling: Scaling = "down" if stage.scaling == 2 and j == topology.blocks - 1 else "same"
        width, residual = topology.filters if j else channels, bool(number or j)
        made.append(
            GatedBlock(width, topology.filters, stage.size, scaling, joined=joined, dropout=dropout, residual=residual)
        )
    return made


def _descent(topology: Topology, number: int) -> list[GatedBlock]:
    """A stage's blocks of the way down; the first one scales, and sees latents."""
    stage, top = topology.stages[number], number == topology.top
    channels, made = stage.latent_channels * (1 if top else 2), []
    for j in range(topology.blocks):
        scaling: Scaling = "up" if stage.scaling == 2 and not j else "same"
        # What comes from the stage above has the size at which this one begins.
        joined = None if top else Joined(topology.filters, "up" if stage.scaling == 2 and j else "same")
        width = topology.filters if j else channels
        made.append(GatedBlock(width, topology.filters, stage.size, scaling, joined=joined, residual=bool(j)))
    return made
