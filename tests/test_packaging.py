"""The wheel: everything in it that a machine without a checkout needs."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

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
    entries = next((tmp_path / "installed").glob("*.dist-info/entry_points.txt")).read_text()
    for command in ("train", "sample", "export", "prepare-data"):
        assert f"jebm-{command} = jebm_tf.cli.{command.replace('-', '_')}:entry" in entries
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    line = [sys.executable, "-c", FINDS_ITS_FILES]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["(32, 32, 3)", "(64, 64, 3)"]
