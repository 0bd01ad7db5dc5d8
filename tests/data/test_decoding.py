"""Images decoded into a file are the images, decoded once; of a file that was not finished nothing stays."""

import errno
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from jebm_tf.data import picture_file
from jebm_tf.data.load import load_images
from jebm_tf.data.mapped_images import MappedImages
from jebm_tf.data.pipeline import batches
from jebm_tf.data.prepare import prepare
from jebm_tf.errors import UserError

SETTINGS = {"channels": 3, "size": 5, "bits": 6}


@pytest.fixture
def parts(tmp_path):
    """A labelled folder of 30 pictures."""
    rng = np.random.default_rng(0)
    for i in range(30):
        file = tmp_path / "parts" / ("cat", "dog", "eel")[i % 3] / f"{i:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 7, 3), np.uint8)).save(file)
    return tmp_path / "parts"


def both(parts, tmp_path, **settings):
    given = {"dataset": f"{parts}/", **SETTINGS, **settings}
    return load_images(**given), load_images(**given, cache_dir=str(tmp_path / "cache"))


@pytest.mark.parametrize("settings", [{}, {"limit": 11}, {"exclude_labels": ("dog",)}, {"test_share": 0.3}])
def test_the_same_images_labels_and_batches(parts, tmp_path, settings):
    memory, disk = both(parts, tmp_path, **settings)
    assert isinstance(disk.images, MappedImages)
    np.testing.assert_array_equal(np.asarray(disk.images), memory.images)
    np.testing.assert_array_equal(disk.labels, memory.labels)
    for name in ("source", "class_names", "left_out", "bits", "skipped"):
        assert getattr(disk, name) == getattr(memory, name), name
    assert (disk.digest(), disk.digests()) == (memory.digest(), memory.digests())
    np.testing.assert_array_equal(disk.subsample(4).images[1:3], memory.subsample(4).images[1:3])
    ours, theirs = (batches(images, 4, seed=3, start_step=5).take(9) for images in (disk, memory))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_files_are_decoded_once_and_anew_when_they_change(parts, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        picture_file, "read", lambda path, *rest, of=picture_file.read: read.append(path) or of(path, *rest)
    )
    both(parts, tmp_path)
    assert len(read) == 60
    _, disk = both(parts, tmp_path)
    assert len(read) == 90
    Image.new("RGB", (8, 8), (200, 10, 10)).save(parts / "cat" / "00.png")
    memory, changed = both(parts, tmp_path)
    np.testing.assert_array_equal(np.asarray(changed.images), memory.images)
    assert (np.asarray(changed.images) != np.asarray(disk.images)).any()


def test_prepared_data(parts, tmp_path):
    for file in parts.rglob("*.png"):
        Image.open(file).resize((6, 6)).save(file)
    prepare(parts, "parts", tmp_path / "tfds")
    memory = load_images("parts", data_dir=str(tmp_path / "tfds"), **SETTINGS)
    for _ in range(2):
        disk = load_images("parts", data_dir=str(tmp_path / "tfds"), cache_dir=str(tmp_path / "cache"), **SETTINGS)
        np.testing.assert_array_equal(np.asarray(disk.images), memory.images)
        np.testing.assert_array_equal(disk.labels, memory.labels)
        assert disk.class_names == ("cat", "dog", "eel")


def test_what_was_not_finished_is_not_there(parts, tmp_path, monkeypatch):
    (parts / "eel" / "99.png").write_bytes(b"spoilt")
    with pytest.raises(UserError, match="skip_broken"):
        both(parts, tmp_path)
    given = {"dataset": f"{parts}/", **SETTINGS, "cache_dir": str(tmp_path / "cache")}
    with pytest.raises(UserError, match="skip_broken"):
        load_images(**given)
    assert list((tmp_path / "cache").iterdir()) == []
    found = load_images(**given, skip_broken=True)
    assert (len(found), len(found.skipped)) == (30, 1)
    again = load_images(**given, skip_broken=True)
    assert again.skipped == found.skipped

    def refuse(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refuse)
    given["size"] = 4
    with pytest.raises(UserError, match=r"cache: decoded images cannot be written there \(No space left on device; "):
        load_images(**given, skip_broken=True)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_rows_of_mapped_images_behave_as_an_array(tmp_path):
    pixels = np.arange(7 * 2 * 3, dtype=np.uint8).reshape(7, 2, 3, 1)
    (tmp_path / "pixels").write_bytes(pixels.tobytes())
    mapped = MappedImages(tmp_path / "pixels", pixels.shape)
    assert (mapped.shape, mapped.dtype, mapped.ndim, len(mapped)) == (pixels.shape, pixels.dtype, 4, 7)
    for rows in (3, slice(1, 6, 2), np.array([5, 0, 5]), [6], np.arange(7) % 2 == 0):
        np.testing.assert_array_equal(mapped[rows], pixels[rows])
    chosen = mapped.take(np.array([6, 2, 4])).take(slice(1, None))
    np.testing.assert_array_equal(np.asarray(chosen), pixels[[2, 4]])
    np.testing.assert_array_equal(tf.constant(np.asarray(chosen)), pixels[[2, 4]])
