"""Packaging of jebm_tf. Tools are configured in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (ROOT / "jebm_tf" / "__init__.py").read_text(), re.M)[1]

# The top-level gin/ is installed as the data of these packages, so that commands find it outside a checkout.
GIN_FILES = {
    ".".join(["jebm_tf.gin_files", *folder.relative_to(ROOT / "gin").parts]): str(folder.relative_to(ROOT))
    for folder in [ROOT / "gin", *sorted(path for path in (ROOT / "gin").rglob("*") if path.is_dir())]
}

setup(
    name="jebm_tf",
    version=VERSION,
    description="Joint latent-space energy-based priors for multi-layer generators, in TensorFlow and Keras",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11.4",  # the first 3.11 whose tarfile has filters
    packages=[*find_packages(include=["jebm_tf", "jebm_tf.*"]), *GIN_FILES],
    package_dir=GIN_FILES,
    package_data={"jebm_tf": ["py.typed"], **{package: ["*.gin", "*.md"] for package in GIN_FILES}},
    install_requires=[
        "absl-py>=2.5",
        "gin-config>=0.5.0",
        "importlib_resources>=7.1",  # tensorflow-datasets imports it without asking for it
        "keras>=3.15.1,<3.16",  # private parts of it are used, which tests/test_private_keras.py names
        "matplotlib>=3.11",
        "numpy>=2.4",
        "pillow>=13.0",
        "scikit-learn>=1.9",
        "tensorboard>=2.21",
        "tensorflow>=2.21",
        "tensorflow-datasets>=4.9.10",
        "tensorflow-gan>=2.1.0",
        "tensorflow-probability>=0.25",
        "tf-keras>=2.21",  # tensorflow-probability needs it beside Keras 3
        "tqdm>=4.70",
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.21"],
        "dev": ["mypy>=1.18", "pytest>=9.0", "pytest-timeout>=2.4", "pytest-xdist>=3.8", "ruff>=0.17", "scipy>=1.17"],
    },
    entry_points={
        "console_scripts": [
            "jebm-train=jebm_tf.cli.train:entry",
            "jebm-sample=jebm_tf.cli.sample:entry",
            "jebm-evaluate=jebm_tf.cli.evaluate:entry",
            "jebm-benchmark=jebm_tf.cli.benchmark:entry",
            "jebm-doctor=jebm_tf.cli.doctor:entry",
            "jebm-export=jebm_tf.cli.export:entry",
            "jebm-convert-nvae=jebm_tf.cli.convert_nvae:entry",
            "jebm-prepare-data=jebm_tf.cli.prepare_data:entry",
        ]
    },
)
