"""Proves that pictures are read as they are looked at, or refused in one line with their path."""

import warnings

import numpy as np
import pytest
from PIL import Image

from jebm_tf.data.picture_file import read
from jebm_tf.errors import UserError

ORIENTATION = 0x0112
TURNS = {  # what a viewer does to the stored pixels
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
STORED = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10


def oriented(path, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lossless = {"lossless": True} if path.suffix == ".webp" else {"quality": 100, "subsampling": 0}
    Image.fromarray(np.repeat(STORED[..., None], 3, -1)).save(path, exif=exif, **lossless)
    return path


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("ending", [".png", ".webp", ".jpg", ".tif"])
def test_pictures_stand_upright(tmp_path, orientation, ending):
    pixels = read(oriented(tmp_path / f"a{ending}", orientation), 1)[..., 0]
    expected = TURNS[orientation](STORED)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= (12 if ending == ".jpg" else 0)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_16_bits_keep_their_upper_8(tmp_path, ending):
    deep = np.array([[0, 255, 256], [32768, 65280, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / f"a{ending}")
    assert read(tmp_path / f"a{ending}", 1)[..., 0].tolist() == [[0, 0, 1], [128, 255, 255]]
    assert read(tmp_path / f"a{ending}", 3)[..., 2].tolist() == [[0, 0, 1], [128, 255, 255]]


def test_32_bits_are_refused_by_name(tmp_path):
    for dtype in (np.float32, np.int32):
        Image.fromarray(np.ones((2, 2), dtype)).save(tmp_path / "a.tif")
        with pytest.raises(UserError, match=r"a.tif: has pixels of 32 bits \('[FI]'\), .* save it with 8 or 16 bits"):
            read(tmp_path / "a.tif", 1)


@pytest.mark.parametrize("background", [255, 0, 100])
def test_transparent_pixels_show_the_background(tmp_path, background):
    """And half-transparent ones a mixture; what colour hides below does not show."""
    rgba = np.array([[[10, 20, 200, 255], [10, 20, 200, 0], [10, 20, 200, 128]]], np.uint8)
    for mode in ("RGBA", "LA"):
        image = Image.fromarray(rgba).convert(mode)
        image.save(tmp_path / "a.png")
        opaque, clear, half = read(tmp_path / "a.png", 3, background)[0].astype(int)
        assert clear.tolist() == [background] * 3
        assert np.abs(half - np.round((128 * opaque + 127 * background) / 255)).max() <= 1
        assert mode == "LA" or opaque.tolist() == [10, 20, 200]


def test_a_palette_s_transparent_entry(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 200, 0])
    image.putdata([0, 1])
    image.save(tmp_path / "a.png", transparency=1)
    assert read(tmp_path / "a.png", 3)[0].tolist() == [[200, 0, 0], [255, 255, 255]]
    image.save(tmp_path / "a.gif", transparency=0)
    assert read(tmp_path / "a.gif", 3)[0].tolist() == [[255, 255, 255], [0, 200, 0]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_other_modes_are_converted(tmp_path, mode):
    ending = "jpg" if mode in ("CMYK", "YCbCr") else "png"
    Image.new("RGB", (3, 2), (255, 255, 255)).convert(mode).save(tmp_path / f"a.{ending}")
    assert read(tmp_path / f"a.{ending}", 3).min() >= 253
    assert read(tmp_path / f"a.{ending}", 1).shape == (2, 3, 1)


def broken_files(tmp_path):
    good = oriented(tmp_path / "good.png", 1).read_bytes()
    yield "empty.png", b""
    yield "cut.png", good[: len(good) // 2]
    yield "header.png", good[:20]
    yield "no.png", b"not a picture at all"
    yield "cut.jpg", oriented(tmp_path / "good.jpg", 1).read_bytes()[:200]


def test_what_cannot_be_read_is_one_line_with_its_path(tmp_path):
    for name, content in broken_files(tmp_path):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError) as caught:
            read(tmp_path / name, 3)
        assert str(caught.value).startswith(f"{tmp_path / name}: cannot be read as an image (")
        assert "\n" not in str(caught.value)


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    oriented(tmp_path / "a.png", 1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with warnings.catch_warnings(), pytest.raises(UserError, match=r"a.png: is too large for a picture"):
        read(tmp_path / "a.png", 3)
