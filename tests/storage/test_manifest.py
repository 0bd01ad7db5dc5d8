"""Proves that no byte of a folder can change, go or be cut without being noticed."""

import numpy as np
import pytest

from jebm_tf.storage import manifest
from jebm_tf.storage.manifest import DamagedError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(200)))
    (tmp_path / "b").write_bytes(b"")
    manifest.write(tmp_path, {"step": 3, "versions": {"numpy": "2"}})
    return tmp_path


def test_a_whole_folder_says_what_was_said_of_it(folder):
    found = manifest.read(folder)
    assert (found["step"], found["versions"], sorted(found["files"])) == (3, {"numpy": "2"}, ["a", "b"])


@pytest.mark.parametrize("name", ["a", "b", manifest.NAME])
def test_a_file_that_is_gone_or_empty_or_longer(folder, name):
    path = folder / name
    whole = path.read_bytes()
    for changed in (b"", whole[: len(whole) // 2], whole + b"\n \n", b"\xff" * len(whole), b"[]", b"null"):
        if changed == whole:
            continue
        path.write_bytes(changed)
        if name == manifest.NAME and changed.strip() == whole.strip():
            manifest.read(folder)  # white space around JSON means nothing
            continue
        with pytest.raises(DamagedError):
            manifest.read(folder)
    path.unlink()
    with pytest.raises(DamagedError, match=f"{name} is missing"):
        manifest.read(folder)


def test_single_bits(folder):
    """Of every file, the manifest's every bit; but for white space, which means the same."""
    rng = np.random.default_rng(0)
    for name in ("a", manifest.NAME):
        path = folder / name
        whole = path.read_bytes()
        for bit in rng.choice(8 * len(whole), 300, replace=False):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(changed)
            try:
                manifest.read(folder)
            except DamagedError:
                continue
            assert name == manifest.NAME and whole[bit // 8 : bit // 8 + 1].isspace()
        path.write_bytes(whole)
    manifest.read(folder)
