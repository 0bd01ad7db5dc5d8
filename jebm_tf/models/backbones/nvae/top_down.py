"""NVAE's generative tower: from a learned map down through the groups of latents to an image."""

from collections.abc import Callable

import keras
import tensorflow as tf

from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.backbones.nvae.cells import Cell
from jebm_tf.models.backbones.nvae.recompute import recomputed
from jebm_tf.models.backbones.nvae.topology import Topology

Raw = tuple[tf.Tensor, tf.Tensor]
"""What a Gaussian's mean and log σ are made of, before they are bounded."""

Choose = Callable[[int, Raw, tf.Tensor | None], tf.Tensor]
"""(group, p's raw parameters, the map that passes by, None at the top) → the group's z."""

_EXPANSION, _END_EXPANSION = 6, 3  # of the inverted residuals beside the latents, and near the image


class TopDown(keras.Model):
    """p(z_i | z_{>i}) of every group, and the image that they make.

    Args:
      topology: of both towers.
      outputs: channels of what the likelihood reads.
      output_activation: name of the last activation.
      recompute: keep no activations within a group's cells for the gradient, but compute them once more.
    """

    def __init__(self, topology: Topology, outputs: int, output_activation: str, *, recompute: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.latent_shapes = topology.latent_shapes
        self.recompute = recompute
        self.output_activation = keras.activations.get(output_activation)
        scales = topology.scale_of_group
        self.towers, self.heads, self.combiners = [], [], []
        for i, scale in enumerate(scales):
            width, latent = topology.width(scale), topology.latent_channels
            top = i == len(scales) - 1
            cells = [] if top else [Cell(width, branch=_EXPANSION) for _ in range(topology.cells)]
            if not top and scales[i + 1] > scale:
                cells.insert(0, Cell(2 * width, "up", branch=_EXPANSION))
            self.towers.append(cells)
            self.heads.append(None if top else Conv(width, 2 * latent, 1))
            self.combiners.append(Conv(width + latent, width, 1))
        shape = (*topology.size(scales[-1]), topology.width(scales[-1]))
        self.start = self.add_weight(shape=shape, initializer=keras.initializers.RandomUniform(0.0, 1.0), name="start")
        self.last = _last_cells(topology)
        self.image = Conv(topology.channels, outputs, 3)
        self.built = True

    def descend(self, choose: Choose, batch: int | tf.Tensor, training: bool = False) -> tf.Tensor:
        """The map below the bottom group, with every group's z as `choose` has it."""
        s = tf.repeat(tf.convert_to_tensor(self.start)[tf.newaxis], batch, axis=0)
        for i in reversed(range(len(self.towers))):
            s = self._through(self.towers[i], s, training)
            head = self.heads[i]
            if head is None:
                zeros = tf.zeros(tf.concat([tf.shape(s)[:1], self.latent_shapes[i]], axis=0))
                z = choose(i, (zeros, zeros), None)
            else:
                z = choose(i, tuple(tf.split(head(tf.nn.elu(s)), 2, axis=-1)), s)
            s = self.combiners[i](tf.concat([s, z], axis=-1))
        return s

    def call(self, s: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The map below the bottom group → what the likelihood reads, `[batch, height, width, outputs]`."""
        return self.output_activation(self.image(tf.nn.elu(self._through(self.last, s, training))))

    def _through(self, cells: list[Cell], s: tf.Tensor, training: bool) -> tf.Tensor:
        def run(s: tf.Tensor) -> tf.Tensor:
            for cell in cells:
                s = cell(s, training=training)
            return s

        if not (self.recompute and cells):
            return run(s)
        return recomputed(run, [norm for cell in cells for norm in cell.branch.norms], s)


def _last_cells(topology: Topology) -> list[Cell]:
    """From the finest scale of latents up to the image's size."""
    cells = []
    for halving in reversed(range(topology.halvings)):
        width = topology.channels * 2**halving
        cells.append(Cell(2 * width, "up", branch=_END_EXPANSION))
        cells += [Cell(width, branch=_END_EXPANSION) for _ in range(topology.end_cells - 1)]
    return cells
