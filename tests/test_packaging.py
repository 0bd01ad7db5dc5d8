"""The wheel: everything in it that a machine without a checkout needs."""

import email
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement

import jebm_tf

ROOT = Path(__file__).parent.parent
FINDS_ITS_FILES = """
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
assert gin_files.shipped().name == "gin_files", gin_files.shipped()
for name in ("gin/svhn.gin", "celeba64.gin"):
    gin_files.load([name], [])
    print(build_trainer(build("Run"), TrainingLength()).model.backbone.image_shape)
"""


def test_the_wheel_brings_its_gin_files_and_commands(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("jebm_tf", "gin"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, source], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    assert (tmp_path / "installed" / "jebm_tf" / "py.typed").is_file()
    (described,) = (tmp_path / "installed").glob("*.dist-info")
    entries = (described / "entry_points.txt").read_text()
    for command in {path.name for path in (ROOT / "bin").iterdir()} - {"launch"}:
        assert f"jebm-{command.replace('_', '-')} = jebm_tf.cli.{command}:entry" in entries
    metadata = email.message_from_string((described / "METADATA").read_text())
    assert metadata["Version"] == jebm_tf.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {"gpu", "docs", "dev"} <= set(metadata.get_all("Provides-Extra"))
    shipped = {path.relative_to(ROOT / "gin") for path in (ROOT / "gin").rglob("*.gin")}
    brought = tmp_path / "installed" / "jebm_tf" / "gin_files"
    assert {path.relative_to(brought) for path in brought.rglob("*.gin")} == shipped
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    line = [sys.executable, "-c", FINDS_ITS_FILES]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["(32, 32, 3)", "(64, 64, 3)"]


def test_what_is_installed_here_and_what_ci_installs_is_what_is_asked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    pinned = {re.sub(r"[-_.]+", "-", name).lower(): number for name, number in pinned.items()}
    extras = project["optional-dependencies"]
    for requirement in map(Requirement, [*project["dependencies"], *extras["dev"], *extras["docs"]]):
        assert pinned[re.sub(r"[-_.]+", "-", requirement.name).lower()] in requirement.specifier, requirement
    for requirement in map(Requirement, [*project["dependencies"], *extras["dev"]]):
        assert version(requirement.name) in requirement.specifier, requirement


def test_the_citation_names_the_version_that_this_is():
    assert f"version: {jebm_tf.__version__}\n" in (ROOT / "CITATION.cff").read_text()
