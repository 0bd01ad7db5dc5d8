"""Proves which files of a folder are its images, and of which split."""

import numpy as np
import pytest
from PIL import Image

from jebm_tf.data import folder, folder_files
from jebm_tf.data.reading import Reading
from jebm_tf.errors import UserError


def picture(path, level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), level).save(path)


def loaded(root, split="train", **settings):
    return folder.load(root, split, 1, Reading(**settings))


def levels(root, split="train", **settings):
    return loaded(root, split, **settings).images[:, 0, 0, 0].tolist()


def test_hidden_files_and_litter_of_archives_are_no_images(tmp_path, capsys):
    picture(tmp_path / "a.png", 1)
    for name in (".ipynb_checkpoints/a.png", ".thumbnails/b.jpg", "__MACOSX/c.png", "._a.png", "x/.hidden/d.png"):
        picture(tmp_path / name, 99)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "clip.MP4").write_text("")
    assert levels(tmp_path) == [1]
    assert f"{tmp_path}: 1 images; left out 1 .mp4, 1 .txt" in capsys.readouterr().out


def test_every_ending_that_is_a_picture_s(tmp_path):
    for i, ending in enumerate(["png", "JPG", "jpeg", "jpe", "jfif", "bmp", "webp", "tif", "tiff", "gif", "ppm"]):
        kind = {"jpe": "JPEG", "jfif": "JPEG", "JPG": "JPEG"}.get(ending)
        Image.new("L", (4, 4)).save(tmp_path / f"{i}.{ending}", format=kind)
    assert len(folder_files.pictures(tmp_path)) == 11
    assert levels(tmp_path) == [0] * 11


def test_links_are_followed_once(tmp_path):
    picture(tmp_path / "elsewhere" / "a.png", 1)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(root)
    (root / "b.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    assert levels(root) == [1, 1]


def test_a_split_that_is_not_there_is_refused_where_others_are(tmp_path):
    picture(tmp_path / "Train" / "a.png", 1)
    picture(tmp_path / "val" / "b.png", 2)
    assert levels(tmp_path) == [1]
    assert levels(tmp_path, "val") == [2]
    with pytest.raises(UserError, match=r"has the splits Train, val and no 'test'; set load_images.split"):
        levels(tmp_path, "test")


def test_a_folder_without_splits(tmp_path):
    for i in range(40):
        picture(tmp_path / f"{i:02}.png", i)
    assert levels(tmp_path) == levels(tmp_path, "test") == list(range(40))
    found = loaded(tmp_path, "test")
    assert found.source == f"{tmp_path} (no splits: these are the training images too)"
    with pytest.raises(UserError, match=r"has no split 'train\[:10\]'"):
        levels(tmp_path, "train[:10]")


def test_a_share_of_a_folder_is_for_tests_and_stays_so_when_files_come(tmp_path):
    for i in range(60):
        picture(tmp_path / f"{i:02}.png", i)
    train, test = (levels(tmp_path, split, test_share=0.25) for split in ("train", "test"))
    assert sorted(train + test) == list(range(60))
    assert 6 <= len(test) <= 24
    for i in range(60, 80):
        picture(tmp_path / f"{i:02}.png", i)
    assert set(test) <= set(levels(tmp_path, "test", test_share=0.25))
    assert not set(test) & set(levels(tmp_path, "train", test_share=0.25))


def test_no_images_says_what_there_is(tmp_path):
    (tmp_path / "a.heic").write_text("")
    with pytest.raises(UserError, match=r"no image files \(.*\) below this folder; there are 1 .heic$"):
        levels(tmp_path)


def test_transparent_pixels_get_the_background_that_is_asked_for(tmp_path):
    Image.fromarray(np.zeros((4, 4, 4), np.uint8)).save(tmp_path / "a.png")
    assert levels(tmp_path, background=7) == [7]
    assert levels(tmp_path) == [255]


def test_subfolders_are_classes_with_one_number_in_every_split(tmp_path):
    for split, name in [
        ("train", "good"),
        ("test", "good"),
        ("test", "scratch"),
        ("test", "bent"),
        ("ground_truth", "x"),
    ]:
        picture(tmp_path / split / name / "a.png")
        picture(tmp_path / split / name / "deeper" / "b.png")
    train, test = (loaded(tmp_path, split) for split in ("train", "test"))
    assert train.class_names == test.class_names == ("bent", "good", "scratch")
    assert train.labels.tolist() == [1, 1]
    assert test.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert test.name_of(2) == "scratch"


def test_classes_of_a_folder_without_splits(tmp_path):
    for i in range(20):
        picture(tmp_path / ("cat", "dog")[i % 2] / f"{i}.png", i)
    train, test = (loaded(tmp_path, split, test_share=0.3) for split in ("train", "test"))
    for images in (train, test):
        assert images.class_names == ("cat", "dog")
        assert images.labels.tolist() == [pixel % 2 for pixel in images.images[:, 0, 0, 0].tolist()]


def test_files_beside_subfolders_and_one_subfolder_alone_are_no_classes(tmp_path):
    picture(tmp_path / "one" / "images" / "a.png")
    assert loaded(tmp_path / "one", "train").labels is None
    for name in ("cat/a.png", "dog/b.png", "c.png"):
        picture(tmp_path / "mixed" / name)
    found = loaded(tmp_path / "mixed", "train")
    assert (found.labels, found.class_names) == (None, ())


def test_broken_files_are_left_out_where_that_is_asked_for(tmp_path, capsys):
    for name in ("cat/a.png", "cat/b.png", "dog/c.png"):
        picture(tmp_path / name, ord(name[-5]))
    (tmp_path / "cat" / "b.png").write_bytes((tmp_path / "cat" / "a.png").read_bytes()[:30])
    with pytest.raises(UserError, match=r"cat/b.png: cannot be read .*, or set load_images.skip_broken = True$"):
        loaded(tmp_path, "train")
    found = loaded(tmp_path, "train", skip_broken=True)
    assert found.images[:, 0, 0, 0].tolist() == [ord("a"), ord("c")]
    assert found.labels.tolist() == [0, 1]
    assert found.source == f"{tmp_path} (1 broken files left out)"
    assert len(found.skipped) == 1 and found.skipped[0].startswith(f"{tmp_path / 'cat' / 'b.png'}: cannot be read")
    assert "1 broken files left out, the first: " in capsys.readouterr().out
    (tmp_path / "cat" / "a.png").write_bytes(b"")
    (tmp_path / "dog" / "c.png").write_bytes(b"")
    with pytest.raises(UserError, match="none of 3 image files can be read; the first: "):
        loaded(tmp_path, "train", skip_broken=True)
