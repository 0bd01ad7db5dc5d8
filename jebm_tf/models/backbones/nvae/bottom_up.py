"""NVAE's inference tower: from an image up to what each group of latents sees of it."""

import keras
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.backbones.nvae.cells import Cell
from jebm_tf.models.backbones.nvae.flow import FlowCell
from jebm_tf.models.backbones.nvae.topology import Topology


class BottomUp(keras.Model):
    """The deterministic way up, and what turns it into q(z_i | z_{>i}, x) where the way down passes by.

    Args:
      topology: of both towers.
      flows: flow cells of each q.
    """

    def __init__(self, topology: Topology, flows: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.stem = Conv(topology.image_shape[-1], topology.channels, 3)
        self.first = _first_cells(topology)
        scales = topology.scale_of_group
        self.towers, self.combiners, self.heads, self.flows = [], [], [], []
        for i, scale in enumerate(scales):
            width = topology.width(scale)
            cells = [Cell(width) for _ in range(topology.cells)]
            if i and scale > scales[i - 1]:
                cells.insert(0, Cell(width // 2, "down"))
            self.towers.append(cells)
            self.combiners.append(Conv(width, width, 1))  # of the top group: between its two activations
            self.heads.append(Conv(width, 2 * topology.latent_channels, 3))
            self.flows.append([FlowCell(topology.latent_channels) for _ in range(flows)])
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> list[tf.Tensor]:
        """Images `[batch, height, width, channels]` in [−1, 1] → a map for each group, bottom first."""
        s = self.stem(x)
        for cell in self.first:
            s = cell(s, training=training)
        found = []
        for cells in self.towers:
            for cell in cells:
                s = cell(s, training=training)
            found.append(s)
        return found

    def raw(self, group: int, seen: tf.Tensor, above: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """What q's mean and log σ are made of, each `[batch, height, width, latent_channels]`.

        Args:
          group: its number, from 0 at the bottom.
          seen: the way up's map for it.
          above: the way down's map where it passes by; None for the top group.
        """
        combine = self.combiners[group]
        features = tf.nn.elu(combine(tf.nn.elu(seen))) if above is None else seen + combine(above)
        return tuple(tf.split(self.heads[group](features), 2, axis=-1))

    def flow(self, group: int, z: tf.Tensor) -> tf.Tensor:
        """The group's flow cells at `z`; log |det| = 0."""
        for cell in self.flows[group]:
            z = cell(z)
        return z


def _first_cells(topology: Topology) -> list[Cell]:
    """From the image's size down to the finest scale of latents."""
    cells = []
    for halving in range(topology.halvings):
        width = topology.channels * 2**halving
        cells += [Cell(width) for _ in range(topology.end_cells - 1)]
        cells.append(Cell(width, "down"))
    return cells
