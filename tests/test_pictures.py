"""Grids: every image in its place, every pixel unchanged."""

import numpy as np
from PIL import Image

from jebm_tf.pictures import grid, pairs, save_png


def images(number, size=70, channels=3):
    return np.random.default_rng(0).integers(0, 255, (number, size, size + 2, channels), dtype=np.uint8)


def test_grid_places_images_row_by_row():
    stack = images(5)
    sheet = grid(stack, columns=3)
    assert sheet.shape == (2 * 71 + 1, 3 * 73 + 1, 3)
    np.testing.assert_array_equal(sheet[1:71, 1:73], stack[0])
    np.testing.assert_array_equal(sheet[1:71, 74:146], stack[1])
    np.testing.assert_array_equal(sheet[72:142, 1:73], stack[3])
    assert (sheet[72:142, 147:219] == 255).all()  # the sixth place is empty


def test_small_images_are_enlarged_by_a_whole_factor():
    stack = images(4, size=8, channels=1)
    sheet = grid(stack)
    assert sheet.shape == (4 * (2 * 9 + 1), 4 * (2 * 11 + 1), 1)
    np.testing.assert_array_equal(sheet[4 : 4 + 32 : 4, 4 : 4 + 40 : 4], stack[0])


def test_pairs_alternate():
    left, right = images(3), images(3) // 2
    both = pairs(left, right)
    np.testing.assert_array_equal(both[2], left[1])
    np.testing.assert_array_equal(both[3], right[1])


def test_png_holds_the_pixels(tmp_path):
    for channels in (1, 3):
        image = images(1, channels=channels)[0]
        path = tmp_path / "new" / f"{channels}.png"
        save_png(path, image)
        np.testing.assert_array_equal(np.asarray(Image.open(path)).reshape(image.shape), image)
    assert sorted(p.name for p in path.parent.iterdir()) == ["1.png", "3.png"]
