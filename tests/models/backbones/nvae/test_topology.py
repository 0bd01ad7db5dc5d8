"""Sizes and channels by hand, and the errors of shapes that cannot be."""

import pytest

from jebm_tf.models.backbones.nvae.topology import Topology


def test_by_hand():
    topology = Topology((64, 32, 3), channels=10, groups=(2, 1), latent_channels=5, halvings=2)
    assert topology.scale_of_group == (0, 0, 1)
    assert [topology.size(s) for s in (0, 1)] == [(16, 8), (8, 4)]
    assert [topology.width(s) for s in (0, 1)] == [40, 80]
    assert topology.latent_shapes == ((16, 8, 5), (16, 8, 5), (8, 4, 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": (2, 0)}, r"NVAE.groups = \(2, 0\): must be 1 or more"),
        ({"groups": ()}, r"NVAE.groups = \(\): must be 1 or more"),
        ({"cells": 0}, "NVAE.cells = 0: must be 1 or more"),
        ({"image_shape": (28, 28, 1), "halvings": 2}, "2 scales after 2 halvings need .* multiples of 8, not"),
    ],
)
def test_shapes_that_cannot_be(arguments, message):
    settings = {"image_shape": (32, 32, 3), "channels": 8, "groups": (1, 1), "latent_channels": 4}
    with pytest.raises(ValueError, match=message):
        Topology(**{**settings, **arguments})
