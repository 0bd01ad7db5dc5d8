"""BIVA's number of parameters in closed form: ours, and the released builder's for CIFAR-10."""

import pytest

from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.likelihood import GaussianLikelihood

# (latent channels, scaling, kernel size) from the image up: 38, 36, ..., 10, the first, the eleventh and the last halve
CIFAR10 = [(38 - 2 * i, 2 if i in (0, 10, 14) else 1, 3 if i else 5) for i in range(15)]


def conv(inputs, outputs, size):
    """With a direction for each number of the kernel, a norm and a bias for each output channel."""
    return size * size * inputs * outputs + 2 * outputs


def block(inputs, filters, size, joined=0, joined_size=1):
    join = conv(joined, filters, joined_size) if joined else 0
    return conv(inputs, filters, size) + conv(filters, 2 * filters, size) + join


def expected(stages, heads, *, filters, blocks, outputs, colours=3):
    """`heads`: the size of the kernels that make means and variances of latents, of each stage."""
    total, up, beside = conv(filters, outputs, 1), colours, colours
    for i, ((latents, scaling, size), head) in enumerate(zip(stages, heads, strict=True)):
        top, transposed = i == len(stages) - 1, size if scaling == 2 else 1
        for j in range(blocks):
            total += block(filters if j else up, filters, size, 2 * filters if i else 0)
            total += block(filters if j else beside, filters, size, filters, transposed)
            down = filters if j else (1 if top else 2) * latents
            total += block(down, filters, size, 0 if top else filters, transposed if j else 1)
        total += block(2 * filters, filters, size) if top else block(filters, filters, 3, filters)
        total += (1 if top else 4) * conv(filters, 2 * latents, head)
        up, beside = latents, filters
    return total


@pytest.mark.parametrize("blocks", [1, 2, 3])
@pytest.mark.parametrize("stages", [((3, 2, 5), (2, 1, 3), (4, 2, 3)), ((2, 1, 3), (5, 2, 3))])
def test_small(stages, blocks):
    model = BIVA((8, 8, 3), stages, filters=6, blocks=blocks, likelihood=GaussianLikelihood(0.5))
    assert model.count_params() == expected(stages, [3] * len(stages), filters=6, blocks=blocks, outputs=3)


def test_tiny():
    stages = ((4, 2, 5), (8, 2, 3), (8, 2, 3))
    assert expected(stages, [3] * 3, filters=24, blocks=1, outputs=50) == 284_244


@pytest.mark.parametrize(
    ("heads", "number"), [([3] * 15, 45_388_880), ([16] * 10 + [8] * 4 + [4], 102_948_560)], ids=["3x3", "as the map"]
)
def test_released(heads, number):
    """With heads at 3x3 as here, and as large as the map as released; numbers are its builder's."""
    assert expected(CIFAR10, heads, filters=96, blocks=3, outputs=100) == number
