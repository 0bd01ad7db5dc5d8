"""One entrance to every source, and one clear line for what is not there."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jebm_tf.data import tfds
from jebm_tf.data.images import ImageSet
from jebm_tf.data.load import load_images
from jebm_tf.data.prepare import prepare
from jebm_tf.errors import UserError

RNG = np.random.default_rng(0)


@pytest.fixture
def arrays(tmp_path):
    """An .npz with 6 + 4 colour images."""
    made = {
        "x_train": RNG.integers(0, 256, (6, 5, 5, 3), dtype=np.uint8),
        "y_train": np.arange(6, dtype=np.int32),
        "x_test": RNG.integers(0, 256, (4, 5, 5, 3), dtype=np.uint8),
        "y_test": np.arange(4, dtype=np.int32),
    }
    np.savez(tmp_path / "images.npz", **made)
    return tmp_path / "images.npz", made


@pytest.fixture
def pictures(tmp_path):
    """A folder of three grey and colour PNG files of 6 x 4 pixels."""
    root = tmp_path / "pictures"
    root.mkdir()
    for i, mode in enumerate(["RGB", "L", "RGB"]):
        Image.new(mode, (4, 6), color=40 * i if mode == "L" else (10, 20 * i, 30)).save(root / f"{i}.png")
    (root / "notes.txt").write_text("no image")
    return root


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(tfds, "_online", lambda: False)


def test_digits_are_real_and_split():
    train, test, both = (load_images("digits", split=split, channels=1) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(both)) == (1500, 297, 1797)
    np.testing.assert_array_equal(np.concatenate([train.images, test.images]), both.images)
    assert train.images[0, 0, 2, 0] == round(5 * 255 / 16)  # the first digit's third grey level is 5 of 16
    assert train.labels[:4].tolist() == [0, 1, 2, 3]


def test_npz_by_name_and_as_a_local_copy(arrays):
    path, made = arrays
    for found in (load_images(str(path), split="test"), load_images("svhn_cropped", data_dir=str(path), split="test")):
        np.testing.assert_array_equal(found.images, made["x_test"])
        np.testing.assert_array_equal(found.labels, made["y_test"])


def test_a_local_copy_takes_the_place_of_the_embedded_digits_too(arrays):
    path, made = arrays
    np.testing.assert_array_equal(load_images("digits", data_dir=str(path)).images, made["x_train"])


def test_limit_keeps_the_first(arrays):
    path, made = arrays
    found = load_images(str(path), limit=2)
    np.testing.assert_array_equal(found.images, made["x_train"][:2])
    assert found.labels.tolist() == [0, 1]


def test_a_folder_is_converted_to_the_channels_asked_for(pictures):
    colour = load_images(str(pictures))
    grey = load_images("mnist", data_dir=str(pictures), channels=1)
    assert colour.images.shape == (3, 6, 4, 3)
    assert grey.images.shape == (3, 6, 4, 1)
    assert colour.images[2, 0, 0].tolist() == [10, 40, 30]
    assert (grey.images[1] == 40).all()


def test_a_folder_is_scaled(pictures):
    assert load_images(str(pictures), size=8).images.shape == (3, 8, 8, 3)


def test_prepared_data_is_served_under_its_name(arrays, tmp_path, offline):
    path, made = arrays
    prepare(path, "svhn_cropped", tmp_path / "tfds")
    for split in ("train", "test"):
        found = load_images("svhn_cropped", data_dir=str(tmp_path / "tfds"), split=split)
        np.testing.assert_array_equal(found.images, made[f"x_{split}"])
        np.testing.assert_array_equal(found.labels, made[f"y_{split}"])
    assert len(load_images("svhn_cropped", data_dir=str(tmp_path / "tfds"), split="train[:4]")) == 4
    with pytest.raises(UserError, match="no split 'trian', only"):
        load_images("svhn_cropped", data_dir=str(tmp_path / "tfds"), split="trian")
    with pytest.raises(UserError, match="--name=My Set: must be lower-case letters"):
        prepare(path, "My Set", tmp_path / "tfds")
    with pytest.raises(UserError, match="already exists"):
        prepare(path, "svhn_cropped", tmp_path / "tfds")


def test_a_prepared_folder_has_no_labels(pictures, tmp_path, offline):
    prepare(pictures, "my_faces", tmp_path / "tfds")
    found = load_images("my_faces", data_dir=str(tmp_path / "tfds"))
    np.testing.assert_array_equal(found.images, load_images(str(pictures)).images)
    assert found.labels is None


def test_classes_of_a_folder_are_left_out_by_name_and_kept_in_prepared_data(tmp_path, offline):
    for split, names in {"train": ("good",), "test": ("good", "bent")}.items():
        for i, name in enumerate(names):
            (tmp_path / "parts" / split / name).mkdir(parents=True)
            Image.new("L", (4, 4), 10 * i).save(tmp_path / "parts" / split / name / "a.png")
    place = str(tmp_path / "parts")
    prepare(tmp_path / "parts", "parts", tmp_path / "tfds", channels=1)
    for source in ({"dataset": place}, {"dataset": "parts", "data_dir": str(tmp_path / "tfds")}):
        test = load_images(**source, split="test", channels=1)
        assert (test.labels.tolist(), test.class_names) == ([0, 1], ("bent", "good"))
        for excluded in (("bent",), (0,)):
            train = load_images(**source, channels=1, exclude_labels=excluded)
            assert (train.labels.tolist(), train.left_out) == ([1], (0,))
            assert len(load_images(**source, split="test", channels=1, exclude_labels=excluded)) == 1
    assert train.source.endswith(" without bent")
    with pytest.raises(UserError, match=r"no image has the label 'rust' of .*; its classes are bent, good"):
        load_images(place, channels=1, exclude_labels=("rust",))


def test_preparing_leaves_nothing_half_made(tmp_path, monkeypatch, offline):
    images = np.zeros((3, 4, 4, 1), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.arange(3), x_test=images)
    np.savez(tmp_path / "b.npz", x_train=images, x_test=np.zeros((3, 5, 4, 1), np.uint8))
    with pytest.raises(UserError, match=r"different sizes \(train 4x4x1, test 5x4x1\)"):
        prepare(tmp_path / "b.npz", "b", tmp_path / "tfds")
    assert not (tmp_path / "tfds").exists()
    with monkeypatch.context() as context:
        context.setattr(Path, "rmdir", fail)  # the last of what is done to the draft
        with pytest.raises(UserError, match=r"cannot be written .*no space"):
            prepare(tmp_path / "a.npz", "a", tmp_path / "tfds")
    assert list((tmp_path / "tfds").iterdir()) == []
    made = prepare(tmp_path / "a.npz", "a", tmp_path / "tfds")
    assert made == tmp_path / "tfds" / "a" / "1.0.0"
    assert load_images("a", data_dir=str(tmp_path / "tfds"), channels=1).labels is None  # since x_test has none
    assert [path.name for path in (tmp_path / "tfds").iterdir()] == ["a"]


def test_a_local_copy_needs_no_name_and_nothing_at_all_is_refused(arrays):
    path, made = arrays
    np.testing.assert_array_equal(load_images(None, data_dir=str(path)).images, made["x_train"])
    with pytest.raises(UserError, match="no data set; for ood name a second one"):
        load_images(None)


def fail(path):
    raise OSError("no space")


def faulty(path, tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK no archive")
    np.savez(tmp_path / "other.npz", images=np.zeros((1, 2, 2, 3), np.uint8))
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_bytes(b"no image")
    return {
        "nowhere.npz: no such file": {"dataset": str(tmp_path / "nowhere.npz")},
        "nowhere: no such file": {"dataset": "mnist", "data_dir": str(tmp_path / "nowhere")},
        "broken.npz: cannot be read": {"dataset": str(tmp_path / "broken.npz")},
        "no array x_valid in it, only x_train": {"dataset": str(path), "split": "valid"},
        "no array x_train in it, only images; name": {"dataset": str(tmp_path / "other.npz")},
        "channels per image: 3, but load_images.channels = 1": {"dataset": str(path), "channels": 1},
        "a.png: cannot be read as an image": {"dataset": str(tmp_path / "bad")},
        "no image files": {"dataset": str(tmp_path / "empty")},
        "did you mean 'svhn_cropped'": {"dataset": "svhn_croped", "data_dir": str(tmp_path / "empty")},
        "not in .*, and no image files .* no network connection; point --data_dir at": {
            "dataset": "cifar10",
            "data_dir": str(tmp_path / "empty"),
        },
        "load_images.split = 'validation'": {"dataset": "digits", "split": "validation", "channels": 1},
    }


def test_every_fault_gets_one_line(arrays, tmp_path, offline):
    for message, arguments in faulty(arrays[0], tmp_path).items():
        with pytest.raises(UserError, match=message) as caught:
            load_images(**arguments)
        assert "\n" not in str(caught.value)


def test_images_of_different_sizes_are_named(pictures):
    Image.new("RGB", (9, 9)).save(pictures / "9.png")
    with pytest.raises(UserError, match=r"9.png: \(9, 9\) where 0.png is \(6, 4\).*load_images.size"):
        load_images(str(pictures))


@pytest.mark.parametrize(
    ("name", "arguments", "shape"),
    [
        ("celeb_a", {"crop": 140, "size": 64}, (64, 64, 3)),
        ("svhn_cropped", {}, (32, 32, 3)),
        ("cifar10", {}, (32, 32, 3)),
        ("mnist", {"channels": 1}, (28, 28, 1)),
    ],
)
def test_the_data_sets_of_the_gin_files_by_name(name, arguments, shape, monkeypatch, tmp_path):
    """tensorflow-datasets' own stand-in for a download gives random images with each data set's features."""
    monkeypatch.setattr(tfds, "_online", lambda: True)
    testing = pytest.importorskip("tensorflow_datasets").testing
    with testing.mock_data(num_examples=3, policy=testing.MockPolicy.USE_CODE):
        found = load_images(name, data_dir=str(tmp_path), **arguments)
    assert found.images.shape == (3, *shape)
    assert (found.labels is None) == (name == "celeb_a")


def test_what_must_be_downloaded_by_hand_gets_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(tfds, "_online", lambda: True)
    with pytest.raises(UserError, match=r"it cannot be downloaded here \(.*; point --data_dir at") as caught:
        load_images("celeb_a_hq/256", data_dir=str(tmp_path))
    assert "\n" not in str(caught.value)


def test_classes_can_be_left_out(arrays, pictures):
    path, made = arrays
    found = load_images(str(path), exclude_labels=(0, 3), limit=3)
    np.testing.assert_array_equal(found.images, made["x_train"][[1, 2, 4]])
    assert found.labels.tolist() == [1, 2, 4]
    assert found.source.endswith("x_train without 0, 3")
    assert found.subsample(2).left_out == (0, 3)
    with pytest.raises(UserError, match="no image has the label 7"):
        load_images(str(path), exclude_labels=(7,))
    with pytest.raises(UserError, match="leaves no image"):
        load_images(str(path), exclude_labels=range(6))
    with pytest.raises(UserError, match="no labels, so"):
        load_images(str(pictures), exclude_labels=(1,))


def test_images_of_one_s_own(arrays):
    made = arrays[1]

    def mine(split):
        return ImageSet(made[f"x_{split}"], made[f"y_{split}"], f"mine {split}")

    np.testing.assert_array_equal(load_images(mine, split="test").images, made["x_test"])
    found = load_images(mine, exclude_labels=(0,), limit=2, crop=4, size=4, bits=1, flips=True)
    assert found.images.shape == (2, 4, 4, 3)
    assert found.labels.tolist() == [1, 2]
    assert set(np.unique(found.images)) == {0, 255}
    assert (found.flips, found.left_out, found.source) == (True, (0,), "mine train without 0")


def test_faults_of_one_s_own_images_get_one_line(arrays):
    def mine(split):
        return arrays[1]["x_train"]

    with pytest.raises(UserError, match=r"load_images.dataset = @mine: returned ndarray, but must return an ImageSet"):
        load_images(mine)
    with pytest.raises(UserError, match="@mine: reads its images itself; remove --data_dir"):
        load_images(mine, data_dir="data")
    with pytest.raises(UserError, match=r"channels per image: 3, but load_images.channels = 1"):
        load_images(lambda split: ImageSet(arrays[1]["x_train"], None, "mine"), channels=1)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"size": 0}, "load_images.size = 0: must be an integer, 1 or more"),
        ({"crop": 0, "size": 4}, "load_images.crop = 0: must"),
        ({"limit": -3}, "load_images.limit = -3: must"),
        ({"crop": 5}, "load_images.crop = 5 without load_images.size"),
        ({"background": 256}, "load_images.background = 256: must be from 0 to 255"),
        ({"test_share": 1.0}, "load_images.test_share = 1.0: must"),
    ],
)
def test_settings_that_cannot_be_are_one_line(settings, what):
    with pytest.raises(UserError, match=what):
        load_images("digits", channels=1, **settings)


def test_a_data_set_of_16_bits_is_scaled_before_it_is_resized(tmp_path):
    deep = np.full((3, 8, 8, 1), 256 * 77 + 200, np.uint16)
    np.savez(tmp_path / "deep.npz", x_train=deep, y_train=np.arange(3)[:, None])
    found = load_images(str(tmp_path / "deep.npz"), channels=1, size=4)
    assert found.images.shape == (3, 4, 4, 1)
    assert set(found.images.ravel()) == {77}
    assert found.labels.tolist() == [0, 1, 2]
    np.savez(tmp_path / "units.npz", x_train=np.full((2, 8, 8, 1), 0.5, np.float32))
    assert set(load_images(str(tmp_path / "units.npz"), channels=1, size=4).images.ravel()) == {128}


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(60)])
def test_a_broken_npz_is_one_line(tmp_path, content):
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_images(str(path))
    assert str(caught.value).startswith(f"{path}: cannot be read as an .npz of plain arrays (")
    assert "\n" not in str(caught.value)


def test_an_npz_cut_anywhere_is_one_line(tmp_path):
    path = tmp_path / "cut.npz"
    np.savez_compressed(path, x_train=RNG.integers(0, 256, (20, 8, 8, 1), dtype=np.uint8))
    whole = path.read_bytes()
    for end in range(0, len(whole) - 1, 37):
        path.write_bytes(whole[:end])
        with pytest.raises(UserError, match="cannot be read as an"):
            load_images(str(path), channels=1)
    for place in range(0, len(whole), 53):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(UserError):
            assert len(load_images(str(path), channels=1)) == 20
