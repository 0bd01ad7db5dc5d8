"""Samples side by side."""

import numpy as np
import pytest
from PIL import Image

from jebm_tf.reproduction import picture


def test_every_model_has_its_own_place():
    red = np.broadcast_to(np.uint8([200, 0, 0]), [4, 8, 8, 3])
    grids = {"black": np.zeros([4, 8, 8, 1], np.uint8), "red": red}
    drawn = picture.side_by_side(grids)
    width = drawn.shape[1]
    left, right = drawn[:, : width // 2], drawn[:, width // 2 :]
    assert (left == 0).all(axis=-1).mean() > 0.3
    assert not (right == 0).all(axis=-1).mean() > 0.05
    red = (right[..., 0] == 200) & (right[..., 1] == 0)
    assert red.mean() > 0.3
    assert not ((left[..., 0] == 200) & (left[..., 1] == 0)).any()


def test_more_models_than_fit_into_a_row_make_a_second_one():
    images = np.zeros([1, 8, 8, 1], np.uint8)
    one, two = (picture.side_by_side({str(i): images for i in range(n)}) for n in (4, 5))
    assert two.shape[1] == one.shape[1]
    assert two.shape[0] == 2 * one.shape[0]


def test_a_long_title_is_folded():
    assert picture._folded("MNIST: joint, L = 2, variational (the paper's rule)").count("\n") == 1


@pytest.mark.parametrize("there", [True, False])
def test_files_that_are_there_are_drawn(tmp_path, there):
    if there:
        np.savez(tmp_path / "a.npz", images=np.zeros([1, 8, 8, 1], np.uint8))
    files = {"a": tmp_path / "a.npz", "missing": tmp_path / "b.npz"}
    assert picture.write(tmp_path / "out.png", files) is there
    assert (tmp_path / "out.png").is_file() is there
    if there:
        with Image.open(tmp_path / "out.png") as image:
            assert image.mode == "RGB"
