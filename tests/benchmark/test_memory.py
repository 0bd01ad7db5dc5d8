"""Proves that a block's peak is seen after it, and only what it needed."""

import numpy as np
import pytest

from jebm_tf.benchmark import memory

MIB = 2**20


def test_a_peak_is_of_its_own_block():
    if not memory._reset_resident_peak():
        pytest.skip("this machine does not tell a process' peak")
    with memory.peak() as low:
        pass
    with memory.peak() as high:
        np.ones(64 * MIB, np.uint8)
    with memory.peak() as after:
        pass
    assert high.bytes - low.bytes == pytest.approx(64 * MIB, abs=16 * MIB)
    assert after.bytes < high.bytes - 32 * MIB


def test_a_machine_that_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_RESET", tmp_path / "no" / "such")
    with memory.peak() as found:
        pass
    assert found.bytes is None
    assert memory.where() == "resident set of the process"
