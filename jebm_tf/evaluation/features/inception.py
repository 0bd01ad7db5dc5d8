"""The Inception network of 2015-12-05, by which Fréchet and kernel inception distances are defined.

It is the graph that the FID's authors used (Heusel et al. 2017; Szegedy et al. 2015): 94 convolutions without bias,
each followed by a batch normalisation without scale (ε = 0.001) and a ReLU. It differs from later Inception-v3 models:
average pooling leaves padding out, and the last block pools by maximum. Here each normalisation is folded into its
convolution.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.errors import UserError
from jebm_tf.evaluation.features import hub
from jebm_tf.evaluation.features.network import FeatureNetwork

SIDE = 299
_EPSILON = 1e-3
_RESIZING = "bilinear to 299x299 on the corner grid of TensorFlow 1 (align_corners=False), no antialiasing"
_HUB = "tfhub"
_NAME = "Inception 2015-12-05, pool_3"

Weights = dict[str, np.ndarray]
Unit = tuple[int, int | tuple[int, int]]  # filters, kernel


class _Builder:
    """Names and collects the convolutions while the graph is written down."""

    def __init__(self) -> None:
        self.units: dict[str, keras.layers.Conv2D] = {}

    def conv(self, x, name: str, unit: Unit, stride: int = 1, padding: str = "same"):
        layer = keras.layers.Conv2D(
            *unit, stride, padding, activation="relu", name=name.replace("/", "."), trainable=False
        )
        self.units[name] = layer
        return layer(x)

    def tower(self, x, name: str, units: Sequence[Unit], reduces: bool = False):
        """Convolutions in a row, NAME/conv, NAME/conv_1, ...; the last one may halve the map."""
        for i, unit in enumerate(units):
            last = reduces and i == len(units) - 1
            suffix = f"_{i}" if i else ""
            x = self.conv(x, f"{name}/conv{suffix}", unit, 2 if last else 1, "valid" if last else "same")
        return x


def _average(x):
    return keras.layers.AveragePooling2D(3, 1, "same")(x)


def _shrink(x):
    return keras.layers.MaxPooling2D(3, 2, "valid")(x)


def _join(*branches):
    return keras.layers.Concatenate()(branches)


def _mixed_35(b: _Builder, x, name: str, pooled: int):
    return _join(
        b.conv(x, f"{name}/conv", (64, 1)),
        b.tower(x, f"{name}/tower", [(48, 1), (64, 5)]),
        b.tower(x, f"{name}/tower_1", [(64, 1), (96, 3), (96, 3)]),
        b.conv(_average(x), f"{name}/tower_2/conv", (pooled, 1)),
    )


def _mixed_17(b: _Builder, x, name: str, width: int):
    across, down = (1, 7), (7, 1)
    return _join(
        b.conv(x, f"{name}/conv", (192, 1)),
        b.tower(x, f"{name}/tower", [(width, 1), (width, across), (192, down)]),
        b.tower(x, f"{name}/tower_1", [(width, 1), (width, down), (width, across), (width, down), (192, across)]),
        b.conv(_average(x), f"{name}/tower_2/conv", (192, 1)),
    )


def _mixed_8(b: _Builder, x, name: str, pool):
    def fork(y, prefix):
        return [b.conv(y, f"{prefix}_mixed_conv", (384, (1, 3))), b.conv(y, f"{prefix}_mixed_conv_1", (384, (3, 1)))]

    first = b.conv(x, f"{name}/tower_conv", (384, 1))
    second = b.conv(b.conv(x, f"{name}/tower_1_conv", (448, 1)), f"{name}/tower_1_conv_1", (384, 3))
    return _join(
        b.conv(x, f"{name}/conv", (320, 1)),
        *fork(first, f"{name}/tower"),
        *fork(second, f"{name}/tower_1"),
        b.conv(pool(x), f"{name}/tower_2_conv", (192, 1)),
    )


def _graph(b: _Builder, x):
    """From images `[batch, 299, 299, 3]` to pool_3, `[batch, 2048]`."""
    x = b.conv(x, "conv", (32, 3), 2, "valid")
    x = b.conv(x, "conv_1", (32, 3), padding="valid")
    x = _shrink(b.conv(x, "conv_2", (64, 3)))
    x = b.conv(x, "conv_3", (80, 1), padding="valid")
    x = _shrink(b.conv(x, "conv_4", (192, 3), padding="valid"))
    for name, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
        x = _mixed_35(b, x, name, pooled)
    x = _join(
        b.conv(x, "mixed_3/conv", (384, 3), 2, "valid"),
        b.tower(x, "mixed_3/tower", [(64, 1), (96, 3), (96, 3)], reduces=True),
        _shrink(x),
    )
    for name, width in (("mixed_4", 128), ("mixed_5", 160), ("mixed_6", 160), ("mixed_7", 192)):
        x = _mixed_17(b, x, name, width)
    x = _join(
        b.tower(x, "mixed_8/tower", [(192, 1), (320, 3)], reduces=True),
        b.tower(x, "mixed_8/tower_1", [(192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3)], reduces=True),
        _shrink(x),
    )
    x = _mixed_8(b, x, "mixed_9", _average)
    x = _mixed_8(b, x, "mixed_10", keras.layers.MaxPooling2D(3, 1, "same"))
    return keras.layers.GlobalAveragePooling2D()(x)


def build() -> tuple[keras.Model, dict[str, keras.layers.Conv2D]]:
    """The network from images `[batch, 299, 299, 3]` in [−1, 1] to pool_3, and its convolutions by name."""
    builder = _Builder()
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, _graph(builder, image), name="inception_2015"), builder.units


def load_weights(units: dict[str, keras.layers.Conv2D], weights: Weights, source: str) -> None:
    """Sets every convolution from `NAME/weight`, `/beta`, `/mean` and `/var`.

    Raises:
      UserError: an array is missing or has another shape.
    """
    for name, unit in units.items():
        expected = {"weight": unit.kernel.shape} | dict.fromkeys(("beta", "mean", "var"), (unit.filters,))
        for kind, shape in expected.items():
            found = weights.get(f"{name}/{kind}")
            if found is None or found.shape != tuple(shape):
                what = "is missing" if found is None else f"has shape {found.shape}, not {tuple(shape)}"
                raise UserError(f"{source}: not the Inception network of 2015: {name}/{kind} {what}")
        scale = 1.0 / np.sqrt(weights[f"{name}/var"].astype(np.float64) + _EPSILON)
        bias = weights[f"{name}/beta"] - weights[f"{name}/mean"] * scale
        unit.set_weights([weights[f"{name}/weight"] * scale, bias])


def read_weights(path: Path) -> Weights:
    """The arrays of an .npz, or those of the original frozen graph, .pb, under the same names.

    Raises:
      UserError: not such a file.
    """
    try:
        if path.suffix == ".pb":
            return _read_graph(path)
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as Inception weights, .npz or .pb ({error})") from error


def _read_graph(path: Path) -> Weights:
    """The constants of classify_image_graph_def.pb, as distributed in inception-2015-12-05.tgz."""
    graph = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    kinds = {"conv2d_params": "weight", "batchnorm/beta": "beta", "batchnorm/moving_mean": "mean"}
    kinds |= {"batchnorm/moving_variance": "var"}
    found = {}
    for node in graph.node:
        if node.op != "Const":
            continue
        for theirs, ours in kinds.items():
            if node.name.endswith(f"/{theirs}"):
                found[f"{_our_name(node.name.removesuffix(f'/{theirs}'))}/{ours}"] = tf.make_ndarray(
                    node.attr["value"].tensor
                )
        if node.name == "softmax/weights":
            found["softmax/weight"] = tf.make_ndarray(node.attr["value"].tensor)
    return found


def _our_name(name: str) -> str:
    """mixed_9/tower/mixed/conv is mixed_9/tower_mixed_conv here; other blocks keep their names."""
    block, _, rest = name.partition("/")
    return f"{block}/{rest.replace('/', '_')}" if block in ("mixed_9", "mixed_10") else name


def resize(pixels: tf.Tensor) -> tf.Tensor:
    """uint8 images `[batch, height, width, 1 or 3]` to float `[batch, 299, 299, 3]`, as the 2015 graph does it."""
    pixels = tf.cast(pixels, tf.float32)
    if pixels.shape[-1] == 1:
        pixels = tf.repeat(pixels, 3, axis=-1)
    resized = tf.raw_ops.ResizeBilinear(images=pixels, size=[SIDE, SIDE], align_corners=False, half_pixel_centers=False)
    return (resized - 128.0) / 128.0


def inception(weights: str = _HUB) -> FeatureNetwork:
    """The network, with the logits of its 1,008 classes where the weights have them.

    Args:
      weights: "tfhub" takes tensorflow-gan's module from TensorFlow Hub, which needs a network; else an .npz with
        `NAME/weight` (HWIO), `/beta`, `/mean`, `/var` of every convolution and, optionally, `softmax/weight`
        `[2048, 1008]`, or the original frozen graph (classify_image_graph_def.pb).

    Raises:
      UserError: the weights are not there.
    """
    if weights == _HUB:
        return _from_hub()
    path = Path(weights).expanduser()
    arrays = read_weights(path)
    model, units = build()
    load_weights(units, arrays, str(path))
    softmax = arrays.get("softmax/weight")

    def compute(pixels):
        activations = model(resize(pixels), training=False)
        # Without the bias, as in the Inception Score's original code (Salimans et al. 2016).
        return activations, None if softmax is None else activations @ tf.constant(softmax, tf.float32)

    digest = hashlib.sha256(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays)))
    return FeatureNetwork(_NAME, digest.hexdigest(), _RESIZING, softmax is not None, compute)


def _from_hub() -> FeatureNetwork:
    module = hub.load_inception()

    def compute(pixels):
        found = module(resize(pixels))
        return tuple(tf.reshape(found[name], [tf.shape(pixels)[0], -1]) for name in (hub.POOLED, hub.LOGITS))

    return FeatureNetwork(_NAME, _HUB, _RESIZING, True, compute)
