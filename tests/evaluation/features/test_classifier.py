"""Proves that the small classifier learns, repeats, and is trained once."""

import numpy as np
import pytest

from jebm_tf.data import digits
from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.classifier import FEATURES, trained_classifier


def part(split, number):
    images = digits.load(split)
    return ImageSet(images.images[:number], images.labels[:number], images.source)


def test_it_learns_the_digits(tmp_path):
    network, accuracy = trained_classifier(digits.load("train"), digits.load("test"), tmp_path, epochs=5)
    assert accuracy > 0.85
    found = network.features(digits.load("test").images[:7])
    assert found.activations.shape == (7, FEATURES)
    assert found.logits.shape == (7, 10)
    assert network.has_logits


def test_two_trainings_give_one_network_and_the_second_command_trains_none(tmp_path):
    train, test = part("train", 300), part("test", 50)
    networks, epochs = [], []
    for cache in ("a", "b", "b"):
        seen = []
        networks.append(
            trained_classifier(
                train, test, tmp_path / cache, progress=lambda items, *_, seen=seen: seen.append(1) or items
            )
        )
        epochs.append(len(seen))
    assert epochs == [1, 1, 0]
    images = test.images
    first = networks[0][0].features(images)
    for network, accuracy in networks[1:]:
        assert network.digest == networks[0][0].digest
        assert accuracy == networks[0][1]
        np.testing.assert_array_equal(network.features(images).activations, first.activations)


def test_other_labels_make_another_network(tmp_path):
    train, test = part("train", 300), part("test", 50)
    turned = ImageSet(train.images, train.labels[::-1].copy(), train.source)
    one, other = (trained_classifier(t, test, tmp_path, epochs=1)[0] for t in (train, turned))
    assert one.digest != other.digest
    assert len(list((tmp_path / "classifiers").iterdir())) == 2


def test_a_spoilt_file_is_trained_anew(tmp_path):
    train, test = part("train", 300), part("test", 50)
    first, _ = trained_classifier(train, test, tmp_path, epochs=1)
    (kept,) = (tmp_path / "classifiers").iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    assert trained_classifier(train, test, tmp_path, epochs=1)[0].digest == first.digest


def test_images_without_labels_are_refused(tmp_path):
    bare = ImageSet(digits.load("test").images, None, "bare")
    with pytest.raises(UserError, match="bare: no labels"):
        trained_classifier(bare, bare, tmp_path)
