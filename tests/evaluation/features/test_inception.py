"""Proves the Inception network, by plain TensorFlow operations and, where the weights are, on real images."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features import inception as module
from jebm_tf.evaluation.features.inception import build, inception, load_weights, read_weights, resize
from jebm_tf.evaluation.frechet import frechet_distance
from tests.shared import shared

WEIGHTS = "weights/inception_v3_fid_notop.npz"


@pytest.fixture(scope="module")
def network():
    return build()


def random_weights(units, seed=0):
    """Weights as in a file, of a size that keeps activations in range."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, unit in units.items():
        shape = unit.kernel.shape
        found[f"{name}/weight"] = rng.normal(size=shape, scale=1.5 / np.sqrt(np.prod(shape[:3]))).astype(np.float32)
        for kind, low, high in (("beta", -0.1, 0.3), ("mean", -0.2, 0.2), ("var", 0.5, 2.0)):
            found[f"{name}/{kind}"] = rng.uniform(low, high, shape[3]).astype(np.float32)
    return found


def test_it_has_the_convolutions_of_the_2015_network(network):
    model, units = network
    assert len(units) == 94
    assert model.output_shape == (None, 2048)
    # 21,802,784 numbers in the file are kernels and three vectors for each filter; folded, one vector is left.
    filters = sum(unit.filters for unit in units.values())
    assert model.count_params() == 21_802_784 - 2 * filters


def test_blocks_against_plain_operations(network):
    """The first layers, one block of each kind of pooling, and the folding, written out by hand."""
    model, units = network
    weights = random_weights(units)
    load_weights(units, weights, "random")
    x = tf.constant(np.random.default_rng(1).uniform(-1.0, 1.0, (1, 299, 299, 3)), tf.float32)

    def conv(x, name, stride=1, padding="SAME"):
        y = tf.nn.conv2d(x, weights[f"{name}/weight"], stride, padding)
        norm = (y - weights[f"{name}/mean"]) / tf.sqrt(weights[f"{name}/var"] + 1e-3) + weights[f"{name}/beta"]
        return tf.nn.relu(norm)

    def shrink(x):
        return tf.nn.max_pool2d(x, 3, 2, "VALID")

    y = conv(conv(conv(x, "conv", 2, "VALID"), "conv_1", 1, "VALID"), "conv_2")
    y = shrink(conv(conv(shrink(y), "conv_3", 1, "VALID"), "conv_4", 1, "VALID"))
    assert y.shape == (1, 35, 35, 192)
    pooled = tf.nn.avg_pool2d(y, 3, 1, "SAME")  # TensorFlow leaves padding out of averages
    expected = tf.concat(
        [
            conv(y, "mixed/conv"),
            conv(conv(y, "mixed/tower/conv"), "mixed/tower/conv_1"),
            conv(conv(conv(y, "mixed/tower_1/conv"), "mixed/tower_1/conv_1"), "mixed/tower_1/conv_2"),
            conv(pooled, "mixed/tower_2/conv"),
        ],
        axis=-1,
    )
    joins = [layer for layer in model.layers if layer.__class__.__name__ == "Concatenate"]
    found = keras.Model(model.inputs, [joins[0].output, joins[-2].output, model.output])(x)
    np.testing.assert_allclose(found[0], expected, rtol=1e-3, atol=1e-4)

    y, name = found[1], "mixed_10"
    low, high = conv(y, f"{name}/tower_conv"), conv(conv(y, f"{name}/tower_1_conv"), f"{name}/tower_1_conv_1")
    expected = tf.concat(
        [
            conv(y, f"{name}/conv"),
            conv(low, f"{name}/tower_mixed_conv"),
            conv(low, f"{name}/tower_mixed_conv_1"),
            conv(high, f"{name}/tower_1_mixed_conv"),
            conv(high, f"{name}/tower_1_mixed_conv_1"),
            conv(tf.nn.max_pool2d(y, 3, 1, "SAME"), f"{name}/tower_2_conv"),
        ],
        axis=-1,
    )
    np.testing.assert_allclose(found[2], tf.reduce_mean(expected, axis=(1, 2)), rtol=1e-3, atol=1e-4)


def test_the_frozen_graph_is_read_by_the_same_names(tmp_path, network):
    theirs = {
        "conv_1": "conv_1",
        "mixed_4/tower_1/conv_3": "mixed_4/tower_1/conv_3",
        "mixed_9/tower_mixed_conv_1": "mixed_9/tower/mixed/conv_1",
        "mixed_10/tower_1_conv": "mixed_10/tower_1/conv",
        "mixed_10/tower_2_conv": "mixed_10/tower_2/conv",
    }
    assert theirs.keys() <= network[1].keys()
    rng = np.random.default_rng(0)
    graph, expected = tf.compat.v1.GraphDef(), {}

    def add(name, value):
        node = graph.node.add(name=name, op="Const")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))

    for ours, name in theirs.items():
        for kind, suffix in (
            ("weight", "conv2d_params"),
            ("beta", "batchnorm/beta"),
            ("mean", "batchnorm/moving_mean"),
            ("var", "batchnorm/moving_variance"),
        ):
            expected[f"{ours}/{kind}"] = rng.normal(size=(2, 3)).astype(np.float32)
            add(f"{name}/{suffix}", expected[f"{ours}/{kind}"])
        add(f"{name}/batchnorm/gamma", np.ones(3, np.float32))
    expected["softmax/weight"] = rng.normal(size=(4, 5)).astype(np.float32)
    add("softmax/weights", expected["softmax/weight"])
    add("softmax/biases", np.ones(5, np.float32))
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    found = read_weights(tmp_path / "graph.pb")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_resizing_is_on_the_corner_grid():
    """Output pixel i reads input position i · 32 / 299, not (i + ½) · 32 / 299 − ½ as later resizing does."""
    ramp = np.tile(np.arange(32, dtype=np.uint8)[None, None, :, None] * 8, (1, 32, 1, 1))
    found = resize(tf.constant(ramp))
    assert found.shape == (1, 299, 299, 3)
    positions = np.minimum(np.arange(299) * 32 / 299, 31.0)
    np.testing.assert_allclose(found[0, 0, :, 0], (8.0 * positions - 128.0) / 128.0, atol=1e-5)


def test_files_that_are_not_the_network_are_refused(tmp_path, network):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(UserError, match="conv/weight is missing"):
        inception(str(tmp_path / "other.npz"))
    wrong = random_weights(network[1])
    wrong["mixed_3/conv/beta"] = np.zeros(7, np.float32)
    with pytest.raises(UserError, match=r"mixed_3/conv/beta has shape \(7,\), not \(384,\)"):
        load_weights(network[1], wrong, "file")
    (tmp_path / "text.npz").write_text("no array")
    with pytest.raises(UserError, match="cannot be read as Inception weights"):
        inception(str(tmp_path / "text.npz"))
    with pytest.raises(UserError, match="cannot be read as Inception weights"):
        inception(str(tmp_path / "absent.pb"))


def test_logits_where_the_weights_have_them(tmp_path, network, monkeypatch):
    weights = random_weights(network[1]) | {"softmax/weight": np.full((2048, 1008), 0.5, np.float32)}
    monkeypatch.setattr(module, "read_weights", lambda path: weights)
    found = inception("some.npz")
    features = found.features(np.zeros((2, 32, 32, 1), np.uint8))
    assert found.has_logits
    np.testing.assert_allclose(features.logits[0], 0.5 * features.activations[0].sum(), rtol=1e-4)


@pytest.mark.slow
def test_the_distance_grows_with_blur_and_with_noise():
    network = inception(str(shared(WEIGHTS)))
    with np.load(shared("data/svhn_part.npz")) as arrays:
        images = arrays["x_test"][:400]
    real = network.features(images[:200]).activations
    noise = np.random.default_rng(0).normal(size=images[200:].shape)
    spoilt = {
        "blur": [gaussian_filter(images[200:].astype(float), (0, s, s, 0)) for s in (0.0, 0.7, 1.5)],
        "noise": [images[200:] + s * noise for s in (0.0, 15.0, 40.0)],
    }
    for versions in spoilt.values():
        distances = [
            frechet_distance(real, network.features(np.clip(v, 0, 255).astype(np.uint8)).activations) for v in versions
        ]
        assert np.all(np.diff(distances) > 1.0)


@pytest.mark.slow
def test_the_local_file_is_the_network_of_tensorflow_hub():
    local = inception(str(shared(WEIGHTS)))
    try:
        hub = inception("tfhub")
    except UserError as error:
        pytest.skip(f"no TensorFlow Hub from here: {error}")
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    np.testing.assert_allclose(local.features(images).activations, hub.features(images).activations, atol=2e-3)
