"""Proves BIVA equal to the released program (biva-pytorch), by numbers that it computed on a CPU.

`released.npz` holds, for the net of `model` with weights that are functions of the released names (`_numbers`), what
the program makes of the noise and images of `inputs`: of each layer (in our order) z, mean and σ under p and q, the
decoder's outputs for both, and the KL terms by the sample; of all but these every `STRIDE`-th number, channels first.
`dropout_*` is the same of q in training, with masks that are functions of the dropped maps' order (`_mask`), and with
the loss's divergence of each example for free bits of 20.
"""

import math
import zlib
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.backbones.biva import block as blocks_of_biva
from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.trainers.kl_schedule import KLSchedule

BATCH, STRIDE = 2, 5
SHAPES = ((3, 8, 8), (3, 8, 8), (2, 8, 8), (2, 8, 8), (4, 4, 4))
STAGES = ((3, 2, 5), (2, 1, 3), (4, 2, 3))


class ThreeChannels(GaussianLikelihood):
    """Reads nine channels, as the net of the recording gives them, in place of three."""

    output_activation = "linear"

    def outputs(self, channels):
        return 3 * channels


@pytest.fixture(scope="module")
def recorded():
    with np.load(Path(__file__).with_name("released.npz")) as arrays:
        return dict(arrays)


def _numbers(name, shape):
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    if name.endswith("weight_g"):
        return np.exp(0.2 * rng.standard_normal(shape)).astype(np.float32)
    if name.endswith("weight_v"):
        return (rng.standard_normal(shape) / math.sqrt(np.prod(shape[1:]))).astype(np.float32)
    return (0.2 * rng.standard_normal(shape)).astype(np.float32)


def set_weights(conv, name):
    """The released numbers of one convolution; where it is transposed, kernels are [in, out, height, width] there."""
    size, _, inputs, outputs = conv.kernel.shape
    transposed = conv.scaling == "up"
    shape = (inputs, outputs) if transposed else (outputs, inputs)
    kernel = _numbers(f"{name}.conv.weight_v", (*shape, size, size))
    conv.kernel.assign(kernel.transpose(2, 3, 0, 1) if transposed else kernel.transpose(2, 3, 1, 0))
    norm = _numbers(f"{name}.conv.weight_g", (1, outputs, 1, 1) if transposed else (outputs, 1, 1, 1))
    conv.norm.assign(norm.ravel())
    conv.bias.assign(_numbers(f"{name}.conv.bias", (outputs,)))


def set_block(block, name):
    set_weights(block.first, f"{name}.conv1")
    set_weights(block.second, f"{name}.conv2")
    if block.join is not None:
        set_weights(block.join, f"{name}.aux_op")


@pytest.fixture(scope="module")
def model():
    net = BIVA((16, 16, 3), STAGES, filters=6, blocks=2, dropout=0.2, likelihood=ThreeChannels(0.5))
    up, down, top = net.inference, net.generator, len(STAGES) - 1
    for i in range(len(STAGES)):
        paths = {"q_bu_convs": up.stochastic[i], "q_td_convs": up.deterministic[i], "p_convs": down.towers[i]}
        for path, blocks in paths.items():
            for j, block in enumerate(blocks):
                set_block(block, f"stages.{i}.{path}.layers.{j}")
        set_block(up.merges[i], f"stages.{i}.{'q_top' if i == top else 'merge'}")
        layer = "stochastic" if i == top else "td_stochastic"
        set_weights(up.merged_heads[i], f"stages.{i}.{layer}.qx2z")
        if i < top:
            set_weights(up.heads[i], f"stages.{i}.bu_stochastic.qx2z")
            for head, of in zip(down.heads[i], ("td_stochastic", "bu_stochastic"), strict=True):
                set_weights(head, f"stages.{i}.{of}.px2z")
    set_weights(down.image, "projection.1")
    return net


def inputs():
    """Images and noise of each layer, channels last; the noise as vectors."""
    rng = np.random.RandomState(1)
    x = rng.uniform(-1, 1, (BATCH, 3, 16, 16))
    noise = [rng.standard_normal((BATCH, *shape)) for shape in SHAPES]
    last = [tf.constant(array.transpose(0, 2, 3, 1), tf.float32) for array in (x, *noise)]
    return last[0], tuple(tf.reshape(e, [BATCH, -1]) for e in last[1:])


def check(found, expected):
    found = np.transpose(found, (0, 3, 1, 2)).reshape(-1)[::STRIDE]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def check_layer(model, layer, values, recorded, kind):
    for name, value in zip(("z", "mean", "scale"), values, strict=True):
        check(tf.reshape(value, [-1, *model.latent_shapes[layer]]), recorded[f"{kind}_{name}_{layer}"])


def test_samples_of_the_prior(model, recorded):
    _, noise = inputs()
    z = model.transform(noise)
    for layer, conditional in enumerate(model.conditionals(z)):
        check_layer(model, layer, (z[layer], *conditional), recorded, "p")
    check(model.decoder_output(z), recorded["p_output"])


def sampled_divergences(forward):
    """Of each layer, `[5, batch]`, in the order of the recording, where up_i comes before down_i."""
    log_p = [normal_log_prob(z, *p) for z, p in zip(forward.inferred.z, forward.conditionals, strict=True)]
    return (np.array(forward.inferred.log_prob_terms) - np.array(log_p))[[1, 0, 3, 2, 4]]


def test_inference_and_the_bound(model, recorded):
    x, noise = inputs()
    forward = model.forward_pass(x, noise)
    inferred, output = forward.inferred, forward.output
    for layer, q in enumerate(zip(inferred.z, inferred.mean, inferred.scale, strict=True)):
        check_layer(model, layer, q, recorded, "q")
    check(output, recorded["q_output"])
    np.testing.assert_allclose(sampled_divergences(forward), recorded["kl"], rtol=1e-4)


def _mask(number, shape):
    batch, height, width, channels = shape
    kept = np.random.RandomState(100 + number).uniform(size=(batch, channels, height, width)) >= 0.2
    return tf.constant(kept.transpose(0, 2, 3, 1), tf.float32)


def test_dropout_and_free_bits(model, recorded, monkeypatch):
    """Which maps are dropped in training, and between which steps: both ways up and their merge, nothing else."""
    places = []

    def dropped(x, share, _):
        places.append(x.shape)
        return x * _mask(len(places) - 1, x.shape) / (1.0 - share)

    monkeypatch.setattr(blocks_of_biva, "dropped", dropped)
    forward = model.forward_pass(*inputs(), training=True, seed=seeds.root_seed(0))
    assert len(places) == 13
    check(forward.output, recorded["dropout_output"])
    kl = sampled_divergences(forward)
    np.testing.assert_allclose(kl, recorded["dropout_kl"], rtol=1e-4)
    pushed = [KLSchedule(free_bits=20.0, free_bits_by="example").pushed(tf.constant(term)) for term in kl]
    assert sum(map(float, pushed)) == pytest.approx(recorded["dropout_free_bits_20"].mean(), rel=1e-4)
