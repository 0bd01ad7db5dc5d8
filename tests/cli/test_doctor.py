"""Proves that each check finds what is wrong, says it in one line, and that nothing is wrong with a healthy machine."""

import importlib.metadata
import json
import subprocess
from types import SimpleNamespace

import pytest
import tensorflow as tf

from jebm_tf.cli import doctor
from tests.commands import run


@pytest.fixture(autouse=True)
def parsed_flags(monkeypatch):
    monkeypatch.setattr(doctor, "_DATA_DIR", SimpleNamespace(value=None))


def wrong(check):
    finding = check()
    assert not finding.fine
    assert "\n" not in finding.said
    return finding.said


def test_a_healthy_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    out, err = run("doctor", cwd=tmp_path)
    lines = out.splitlines()
    assert not err
    assert [line.split(": ")[0] for line in lines] == [f"{'ok':5} {name}" for name in doctor._CHECKS]


def test_something_wrong_is_status_1(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "absent"))
    out, _ = run("doctor", cwd=tmp_path, status=1)
    assert [line for line in out.splitlines() if line.startswith("WRONG data: ")]


def test_a_version_that_does_not_fit(monkeypatch):
    versions = {"keras": "2.1", "numpy": None}

    def version(name):
        found = versions.get(name, original(name))
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    original = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda _: ["keras>=3,<3.16", "pillow", 'x; extra == "dev"']
    )
    assert wrong(doctor.packages).startswith("keras 2.1 (needs <3.16,>=3); run")
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda _: ["numpy>=1"])
    assert wrong(doctor.packages).startswith("numpy none (needs >=1); run")


def test_a_gpu_that_tensorflow_does_not_see(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/bin/{name}")
    answer = subprocess.CompletedProcess([], 0, "GPU 0: Fast (UUID: x)\n", "")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: answer)
    assert wrong(doctor.devices).startswith("GPU 0: Fast (UUID: x) is there, and TensorFlow (built for")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [SimpleNamespace(name="/GPU:0")])
    assert doctor.devices() == (True, "/GPU:0")
    assert "up to rounding" in doctor.determinism().said


def test_keras_json(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert doctor.keras_settings().fine
    (tmp_path / "keras.json").write_text(json.dumps({"floatx": "float16", "backend": "tensorflow"}))
    assert "{'floatx': 'float16'}" in wrong(doctor.keras_settings)
    (tmp_path / "keras.json").write_text("{")
    assert "cannot be read" in wrong(doctor.keras_settings)


def test_disk_data_python_tensorboard(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e8))
    assert wrong(doctor.disk).startswith("0.1 GB free in ")
    monkeypatch.setattr(doctor, "_DATA_DIR", SimpleNamespace(value=str(tmp_path / "absent")))
    assert "not there" in wrong(doctor.data_directory)
    monkeypatch.setattr(doctor.sys, "version_info", (3, 11, 3))
    assert "at least 3.11.4" in wrong(doctor.python_version)
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor.sys, "executable", str(tmp_path / "python"))
    assert "pip install tensorboard" in wrong(doctor.tensorboard)


def test_an_encoding_that_is_not_utf_8(monkeypatch):
    monkeypatch.setattr(doctor.locale, "getencoding", lambda: "GBK")
    assert doctor.encoding().said.startswith("GBK; commands use Python's UTF-8 mode")
