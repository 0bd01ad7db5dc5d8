"""Who is in which split: every image once, no excluded class in training, all of it in the test."""

import numpy as np
import pytest

from jebm_tf.data.images import ImageSet
from jebm_tf.data.joined_split import JoinedSplit
from jebm_tf.data.load import load_images
from jebm_tf.errors import UserError


def images(number, first, labels):
    """Images that are their own number, in their first two pixels."""
    pixels = np.zeros([number, 2, 2, 1], np.uint8)
    pixels[:, 0, 0, 0], pixels[:, 0, 1, 0] = np.divmod(np.arange(first, first + number), 256)
    return ImageSet(pixels, np.arange(number) % labels, "numbers")


def names(found):
    return (found.images[:, 0, 0, 0].astype(int) * 256 + found.images[:, 0, 1, 0]).tolist()


PAPER = JoinedSplit()
TRAIN, TEST = images(600, 0, 10), images(100, 600, 10)


def parts(split=PAPER, exclude=(3,), keep=True):
    return [split.part(TRAIN, TEST, name, exclude, keep) for name in ("train", "test")]


def test_every_image_once_and_the_excluded_class_in_the_test_alone():
    train, test = parts()
    assert sorted(names(train) + names(test)) == list(range(700))
    assert len(train) == int(0.8 * 630)
    assert 3 not in train.labels
    assert (test.labels == 3).sum() == 70
    assert set(names(train)) & set(range(600, 700))  # of both of the data set's own


def test_without_what_is_excluded_the_test_is_the_rest():
    kept, left = parts(), parts(keep=False)
    assert names(left[0]) == names(kept[0])
    assert 3 not in left[1].labels
    assert len(left[1]) == 630 - len(left[0])


def test_labels_go_with_their_images():
    for part in parts():
        np.testing.assert_array_equal(part.labels, [name % 10 for name in names(part)])


def test_the_split_is_the_seed_s():
    assert names(parts()[0]) == names(parts()[0])
    assert names(parts()[0]) != names(parts(JoinedSplit(seed=1))[0])
    assert len(parts(JoinedSplit(train_share=0.5))[0]) == 315


def test_receipts_say_what_is_in_it():
    train, test = parts(JoinedSplit(seed=4))
    assert train.source == "numbers and its test images, 80 % of those without 3, seed 4"
    assert test.source == "numbers and its test images, 20 % of those without 3, and all of these, seed 4"


def test_by_load_images():
    settings = {"channels": 1, "exclude_labels": (5,), "join": JoinedSplit()}
    train = load_images("digits", split="train", **settings)
    test = load_images("digits", split="test", keep_excluded=True, **settings)
    total = sum(len(load_images("digits", split=split, channels=1)) for split in ("train", "test"))
    assert len(train) + len(test) == total
    assert train.left_out == test.left_out == (5,)
    assert 0.3 < np.mean(test.labels == 5) < 0.4
    plain = load_images("digits", split="test", channels=1, exclude_labels=(5,), keep_excluded=True)
    assert plain.digest() == load_images("digits", split="test", channels=1).digest()


def test_what_cannot_be_is_refused():
    with pytest.raises(UserError, match=r"load_images.split = 'train\[:10\]': with load_images.join there are"):
        load_images("digits", split="train[:10]", channels=1, join=JoinedSplit())
    with pytest.raises(UserError, match="no image has the label 12"):
        load_images("digits", channels=1, exclude_labels=(12,), join=JoinedSplit())
    with pytest.raises(ValueError, match=r"JoinedSplit.train_share = 1.0: must be between 0 and 1"):
        JoinedSplit(train_share=1.0)
