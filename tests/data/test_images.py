"""Pixels to the model and back, and crops."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.data.images import ImageSet, centre_crop_and_resize, eight_bits, quantised, to_model, to_pixels
from jebm_tf.errors import UserError


def test_every_pixel_value_survives_the_way_to_the_model_and_back():
    values = np.arange(256, dtype=np.uint8)
    x = to_model(tf.constant(values))
    assert (float(x[0]), float(x[-1])) == (-1.0, 1.0)
    np.testing.assert_array_equal(to_pixels(x).numpy(), values)


def test_what_lies_outside_is_clipped():
    np.testing.assert_array_equal(to_pixels(tf.constant([-1.5, 1.2])).numpy(), [0, 255])


def test_centre_crop_takes_the_centre():
    image = np.zeros((218, 178, 3), np.uint8)
    image[39:179, 19:159] = 200  # the central 140 x 140
    np.testing.assert_array_equal(centre_crop_and_resize(image, 140, 140), np.full((140, 140, 3), 200))
    np.testing.assert_array_equal(centre_crop_and_resize(image, 140, 64), np.full((64, 64, 3), 200))


def test_resizing_averages_rather_than_skips():
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[:, ::2] = 250
    assert np.abs(centre_crop_and_resize(stripes, None, 16)[4:-4, 4:-4].astype(int) - 125).max() <= 5


def test_images_of_the_right_size_pass_unchanged():
    image = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    assert centre_crop_and_resize(image, None, 32) is image
    assert centre_crop_and_resize(image, None, None) is image


@pytest.mark.parametrize(
    "images", [np.zeros((2, 4, 4), np.uint8), np.zeros((2, 4, 4, 1)), np.zeros((0, 4, 4, 1), np.uint8)]
)
def test_other_arrays_are_refused(images):
    with pytest.raises(UserError, match=r"here: .* need uint8"):
        ImageSet(images, None, "here")


def test_quantised_keeps_the_highest_bits_and_both_ends():
    pixels = np.array([0, 7, 8, 127, 128, 247, 248, 255], np.uint8)
    np.testing.assert_array_equal(quantised(pixels, 5), np.round(np.array([0, 0, 1, 15, 16, 30, 31, 31]) * 255 / 31))
    np.testing.assert_array_equal(quantised(pixels, 1), [0, 0, 0, 0, 255, 255, 255, 255])
    assert quantised(pixels, 8) is pixels
    assert quantised(pixels, 5).dtype == np.uint8


def test_many_images_are_resized_like_each_alone():
    images = np.random.default_rng(0).integers(0, 256, (1203, 6, 8, 3), np.uint8)
    many = centre_crop_and_resize(images, None, 5)
    assert many.shape == (1203, 5, 5, 3)
    for i in (0, 499, 500, 1202):
        np.testing.assert_array_equal(many[i], centre_crop_and_resize(images[i], None, 5))


@pytest.mark.parametrize(
    ("labels", "found"),
    [([[3], [1]], [3, 1]), (np.uint8([2, 255]), [2, 255]), ([-1, 4], [-1, 4]), (None, None)],
)
def test_labels_are_one_integer_for_each_image(labels, found):
    images = ImageSet(np.zeros((2, 4, 4, 1), np.uint8), None if labels is None else np.asarray(labels), "these")
    assert (images.labels if found is None else images.labels.tolist()) == found
    assert found is None or images.labels.dtype == np.int64


@pytest.mark.parametrize("labels", [np.eye(2, dtype=int), 3, [1], [1, 2, 3], ["a", "b"], [0.0, 1.0]])
def test_other_labels_are_refused_by_dtype_and_shape(labels):
    with pytest.raises(UserError, match=r"^these: labels are .* of shape .*; need integers of shape \(2,\)"):
        ImageSet(np.zeros((2, 4, 4, 1), np.uint8), np.asarray(labels), "these")


def test_pixels_of_other_depths():
    assert eight_bits(np.uint16([0, 255, 256, 65535]), "these").tolist() == [0, 0, 1, 255]
    assert eight_bits(np.float64([0.0, 0.5, 1.0]), "these").tolist() == [0, 128, 255]
    assert eight_bits(np.array([False, True]), "these").tolist() == [0, 255]
    assert eight_bits(np.uint8([7]), "these").tolist() == [7]
    for odd in (
        np.int64([3]),
        np.float32([0.0, 255.0]),
        np.float32([-1.0, 1.0]),
        np.float32([np.nan]),
        np.complex64([0]),
    ):
        with pytest.raises(UserError, match=r"^these: pixels are .*; need uint8, uint16, or floats from 0 to 1"):
            eight_bits(odd, "these")


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((5, 3, 8, 8), r"look channels-first; put the channels last, images.transpose\(0, 2, 3, 1\)"),
        ((8, 8, 1, 5), r"look like \[height, width, channels, number\]"),
        ((5, 8, 8, 4), "look like RGBA"),
        ((5, 8, 8, 2), "have 2 channels; need 1"),
    ],
)
def test_axes_in_another_order_are_said(shape, hint):
    with pytest.raises(UserError, match=f"here: images of shape .* {hint}"):
        ImageSet(np.zeros(shape, np.uint8), None, "here")


def test_labelled_images_and_names_of_classes():
    images = ImageSet(np.zeros((4, 2, 2, 1), np.uint8), np.array([1, -1, 0, -1]), "here", class_names=("cat", "dog"))
    assert images.labelled().labels.tolist() == [1, 0]
    assert [images.name_of(label) for label in (1, 0, 2, -1)] == ["dog", "cat", "2", "-1"]
    for labels in (None, np.array([-1] * 4)):
        with pytest.raises(UserError, match="here: no labels"):
            ImageSet(images.images, labels, "here").labelled()


def test_each_image_has_its_digest():
    images = np.zeros((3, 2, 2, 1), np.uint8)
    images[1, 0, 0] = 1
    first, second, third = ImageSet(images, None, "here").digests()
    assert first == third != second
