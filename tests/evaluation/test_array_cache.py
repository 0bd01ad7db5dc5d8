"""Proves that kept arrays come back as they were, or not at all."""

import numpy as np
import pytest

from jebm_tf.errors import UserError
from jebm_tf.evaluation import array_cache


def test_a_round_trip(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([1, 2], np.int64)}
    array_cache.write(tmp_path / "new" / "x.npz", arrays)
    found = array_cache.read(tmp_path / "new" / "x.npz")
    assert found.keys() == arrays.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.npz"]


def test_nothing_half_written_is_read(tmp_path):
    assert array_cache.read(tmp_path / "absent.npz") is None
    array_cache.write(tmp_path / "x.npz", {"a": np.zeros(1000)})
    whole = (tmp_path / "x.npz").read_bytes()
    for length in (0, 10, 500, len(whole) - 30):
        (tmp_path / "x.npz").write_bytes(whole[:length])
        assert array_cache.read(tmp_path / "x.npz") is None


def test_a_folder_that_refuses_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="choose another --cache_dir"):
        array_cache.write(tmp_path / "file" / "x.npz", {"a": np.zeros(3)})
