"""The same picture by a reader of files and in a graph: equal to a grey level."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.errors import UserError

RNG = np.random.default_rng(0)
# Smooth, so that one grey level of difference stays one after scaling, and asymmetric in every axis.
HEIGHT, WIDTH = 37, 50
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
PICTURE = np.stack([5 * ROWS, 3 * COLUMNS, 2 * ROWS + 2 * COLUMNS, 255 - 4 * ROWS - COLUMNS], -1).clip(0, 255)
PICTURE = PICTURE.astype(np.uint8)


def saved(pixels, path):
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(path)
    return path


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("given", [1, 3, 4])
@pytest.mark.parametrize("settings", [{}, {"crop": 20}, {"crop": 16}, {"bits": 5}, {"background": 30}, {"crop": 99}])
def test_a_graph_reads_as_the_files_are_read(tmp_path, channels, given, settings):
    to_size = Preprocessing((16, 16, channels), **settings)
    pixels = PICTURE[..., :given]
    read = to_size.read(saved(pixels, tmp_path / "a.png"))
    graph = tf.function(to_size.tensor, input_signature=[tf.TensorSpec([None, None, None, None], tf.uint8)])
    found = graph(np.stack([pixels, np.zeros_like(pixels)])).numpy()
    assert (found.shape, found.dtype, read.dtype) == ((2, 16, 16, channels), np.uint8, np.uint8)
    one_level = 1 if settings.get("bits", 8) == 8 else 9  # of 5 bits
    assert np.abs(found[0].astype(int) - read).max() <= one_level
    assert read.std() > 5


def test_pictures_of_the_model_s_size_pass_as_they_are(tmp_path):
    pixels = RNG.integers(0, 256, (16, 16, 3), np.uint8)
    to_size = Preprocessing((16, 16, 3), crop=8)
    np.testing.assert_array_equal(to_size.read(saved(pixels, tmp_path / "a.png")), pixels)
    np.testing.assert_array_equal(to_size.tensor(tf.constant(pixels[None]))[0], pixels)


def test_what_cannot_be_read_is_said(tmp_path):
    wide = Preprocessing((8, 16, 1))
    np.testing.assert_array_equal(wide.read(saved(PICTURE[:8, :16, :1], tmp_path / "b.png")), PICTURE[:8, :16, :1])
    with pytest.raises(UserError, match=r"a.png: 37x50 pixels; this model's images are 8x16"):
        wide.read(saved(PICTURE[..., :1], tmp_path / "a.png"))
    square = Preprocessing((8, 8, 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="no images: the batch is empty"):
        square.tensor(tf.zeros([0, 8, 8, 1], tf.uint8))
    with pytest.raises(tf.errors.InvalidArgumentError, match="1, 3 or 4 channels"):
        square.tensor(tf.zeros([1, 3, 8, 8], tf.uint8))
