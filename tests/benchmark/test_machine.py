"""Proves that a machine is described by what is there."""

import os

from jebm_tf.benchmark import machine

INFO = """processor\t: 0
model name\t: Fast 9000
flags\t\t: fpu avx2 avx512f
"""


def test_the_processor_and_what_matters_of_it(monkeypatch, tmp_path):
    (tmp_path / "cpuinfo").write_text(INFO)
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "cpuinfo")
    assert machine.describe()["cpu"] == "Fast 9000 (avx2, avx512f)"
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    assert machine.describe()["cpu"]


def test_this_machine():
    found = machine.describe()
    assert 1 <= found["cores_allowed"] <= found["cores"] == os.cpu_count()
    assert found["gpus"] == []
