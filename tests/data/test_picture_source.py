"""Images come part by part, each with its name and class, and those that cannot be read in their places."""

import numpy as np
import pytest
from PIL import Image

from jebm_tf.data.images import ImageSet
from jebm_tf.data.picture_source import ArraySource, open_source
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.errors import UserError

TO_SIZE = Preprocessing((4, 4, 1))


def picture(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8), level).save(path)


def seen(source, size=3):
    parts = list(source.parts(size))
    assert all(len(part.names) <= size for part in parts)
    assert sum(len(part.names) for part in parts) == len(source)
    return [
        (name, kind, int(image[0, 0, 0]))
        for part in parts
        for name, kind, image in zip(part.names, part.classes, part.images, strict=True)
    ]


def test_a_folder_with_classes(tmp_path):
    for i, name in enumerate(["cat/b.png", "cat/a.png", "dog/c.png", "dog/deep/d.png"]):
        picture(tmp_path / name, i)
    source = open_source(tmp_path, "test", TO_SIZE)
    expected = [("cat/a.png", "cat", 1), ("cat/b.png", "cat", 0), ("dog/c.png", "dog", 2), ("dog/deep/d.png", "dog", 3)]
    assert seen(source) == expected


def test_a_folder_with_splits_and_one_without_classes(tmp_path):
    for i, name in enumerate(["test/good/a.png", "test/bent/b.png", "train/good/c.png"]):
        picture(tmp_path / "parts" / name, i)
    found = [(name, kind) for name, kind, _ in seen(open_source(tmp_path / "parts", "test", TO_SIZE))]
    assert found == [("test/bent/b.png", "bent"), ("test/good/a.png", "good"), ("train/good/c.png", "good")]
    picture(tmp_path / "flat" / "a.png", 9)
    picture(tmp_path / "flat" / "more" / "b.png", 8)
    assert seen(open_source(tmp_path / "flat", "test", TO_SIZE)) == [("a.png", "", 9), ("more/b.png", "", 8)]
    assert seen(open_source(tmp_path / "flat" / "a.png", "test", TO_SIZE)) == [("a.png", "", 9)]


def test_what_cannot_be_read_keeps_its_place(tmp_path):
    for i in range(5):
        picture(tmp_path / f"{i}.png", 10 + i)
    (tmp_path / "3.png").write_text("no picture")
    first, second = open_source(tmp_path, "test", TO_SIZE).parts(3)
    assert (first.broken, first.readable()) == ({}, [0, 1, 2])
    assert second.names == ["3.png", "4.png"]
    assert second.images[:, 0, 0, 0].tolist() == [0, 14]
    assert second.readable() == [1]
    assert second.broken[0].startswith(f"{tmp_path / '3.png'}: cannot be read as an image")


def test_arrays(tmp_path):
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((5, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "a.npz", x_test=images, y_test=np.array([3, -1, 2, 2, 0]))
    expected = [("0", "3", 0), ("1", "", 1), ("2", "2", 2), ("3", "2", 3), ("4", "0", 4)]
    assert seen(open_source(tmp_path / "a.npz", "test", TO_SIZE)) == expected
    named = ImageSet(images, np.array([0, 1, 0, 1, 1]), "here", class_names=("cat", "dog"))
    assert [kind for _, kind, _ in seen(ArraySource(named))] == ["cat", "dog", "cat", "dog", "dog"]
    assert [kind for _, kind, _ in seen(ArraySource(ImageSet(images, None, "here")))] == [""] * 5
    with pytest.raises(UserError, match="channels per image: 1; this model needs 3"):
        open_source(tmp_path / "a.npz", "test", Preprocessing((8, 8, 3)))


def test_nothing_there(tmp_path):
    with pytest.raises(UserError, match="no such file or folder"):
        open_source(tmp_path / "no", "test", TO_SIZE)
    with pytest.raises(UserError, match="no image files"):
        open_source(tmp_path, "test", TO_SIZE)
