"""The part of packaging that is a computation; everything else is in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

# The top-level gin/ is installed as the data of these packages, so that commands find it outside a checkout.
GIN_FILES = {
    ".".join(["jebm_tf.gin_files", *folder.relative_to(ROOT / "gin").parts]): str(folder.relative_to(ROOT))
    for folder in [ROOT / "gin", *sorted(path for path in (ROOT / "gin").rglob("*") if path.is_dir())]
}

setup(
    packages=[*find_packages(include=["jebm_tf", "jebm_tf.*"]), *GIN_FILES],
    package_dir=GIN_FILES,
    package_data={"jebm_tf": ["py.typed"], **{package: ["*.gin", "*.md"] for package in GIN_FILES}},
)
