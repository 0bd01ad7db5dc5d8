"""A small classifier of the data set at hand, for images that the Inception network knows little of."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from jebm_tf.data.images import ImageSet, to_model
from jebm_tf.errors import UserError
from jebm_tf.evaluation import array_cache
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.progress import Progress, silent

FEATURES = 128
_BATCH = 100
_RECIPE = "conv 32, conv 64 / 2, conv 128 / 2, dense 128, ReLU; Adam 1e-3, batch 100"


def trained_classifier(
    train: ImageSet,
    test: ImageSet,
    cache: Path,
    *,
    epochs: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[FeatureNetwork, float]:
    """A classifier of `train`, whose last hidden layer gives the features, and its accuracy on `test`.

    It is trained once and kept in `cache` under the hash of images, labels and recipe, so that two evaluations are
    measured by the same network.

    Raises:
      UserError: the images have no labels, or one class only.
    """
    if train.labels is None or test.labels is None:
        raise UserError(f"{train.source}: no labels, so no classifier can be trained on these images")
    train, test = train.labelled(), test.labelled()
    assert train.labels is not None
    if len(set(train.labels.tolist())) < 2:
        raise UserError(f"{train.source}: one class only, so no classifier can be trained on these images")
    classes = int(train.labels.max()) + 1
    model = _build(train.images.shape[1:], classes, seed)
    key = hashlib.sha256(f"{train.digest()} {_RECIPE} {epochs} {seed}".encode() + train.labels.tobytes()).hexdigest()
    path = cache / "classifiers" / f"{key}.npz"
    weights = array_cache.read(path)
    if weights is None:
        _train(model, train, epochs, seed, progress)
        array_cache.write(path, {f"{i:02d}": value for i, value in enumerate(model.get_weights())})
    else:
        model.set_weights([weights[name] for name in sorted(weights)])
    activations, logits = model.layers[-2].output, model.layers[-1].output
    both = keras.Model(model.inputs, [activations, logits])
    name = f"classifier of {train.source}, dense {FEATURES}"
    digest = hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()
    network = FeatureNetwork(name, digest, "none", True, lambda pixels: tuple(both(to_model(pixels), training=False)))
    accuracy = np.mean(network.features(test.images).require_logits().argmax(axis=1) == test.labels)
    return network, float(accuracy)


def _build(shape: tuple[int, ...], classes: int, seed: int) -> keras.Model:
    def start(layer: int) -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=1000 * seed + layer)

    image = keras.Input(shape)
    x = keras.layers.Conv2D(32, 3, 1, "same", activation="relu", kernel_initializer=start(0))(image)
    x = keras.layers.Conv2D(64, 3, 2, "same", activation="relu", kernel_initializer=start(1))(x)
    x = keras.layers.Conv2D(128, 3, 2, "same", activation="relu", kernel_initializer=start(2))(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(FEATURES, activation="relu", kernel_initializer=start(3))(x)
    return keras.Model(image, keras.layers.Dense(classes, kernel_initializer=start(4))(x))


def _train(model: keras.Model, images: ImageSet, epochs: int, seed: int, progress: Progress) -> None:
    """Epochs in an order of the seed's own; no global seed is touched."""
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert images.labels is not None
    rng = np.random.default_rng(seed)
    for _ in progress(range(epochs), epochs, "classifier, epoch"):
        order = rng.permutation(len(images))
        pairs = tf.data.Dataset.from_tensor_slices((images.images[order], images.labels[order])).batch(_BATCH)
        pairs = pairs.map(tf.autograph.experimental.do_not_convert(lambda x, y: (to_model(x), y)))
        model.fit(pairs, epochs=1, shuffle=False, verbose=0)
