"""Sizes by hand, and the errors of shapes that cannot be."""

import pytest

from jebm_tf.models.backbones.biva.topology import Stage, Topology

STAGES = (Stage(5, 2, 5), Stage(4), Stage(3, 2))


def test_by_hand():
    topology = Topology((16, 8, 3), STAGES, filters=6, blocks=2)
    assert [topology.size(i) for i in range(3)] == [(8, 4), (8, 4), (4, 2)]
    assert topology.latent_shapes == ((8, 4, 5), (8, 4, 5), (8, 4, 4), (8, 4, 4), (4, 2, 3))
    assert topology.top == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stages": STAGES[:1]}, "BIVA: 1 stages, filters = 6, blocks = 2: needs 2, 1 and 1"),
        ({"stages": (*STAGES, Stage(2, 3))}, r"BIVA.stages\[3\]: needs latent channels, a scaling of 1 or 2"),
        ({"image_shape": (14, 16, 3)}, "BIVA: stages that shrink by 4 need images whose sides are multiples of it"),
    ],
)
def test_shapes_that_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        Topology(**{"image_shape": (16, 16, 3), "stages": STAGES, "filters": 6, "blocks": 2, **arguments})
