"""tensorflow-gan's evaluation functions.

`import tensorflow_gan` fails with TensorFlow 2.21, since its estimators need tf.estimator, which is gone. Its `eval`
part needs none of that, and loads when the packages above it are empty.
"""

import importlib
import importlib.util
import sys
import types
from collections.abc import Callable
from types import ModuleType

import packaging.version
import tensorflow as tf

from jebm_tf.errors import UserError


def load(module: str) -> ModuleType:
    """The module `module` of tensorflow_gan.python.eval."""
    if "tensorflow_gan" not in sys.modules:
        root = importlib.util.find_spec("tensorflow_gan").submodule_search_locations[0]
        for package in ("", "/python", "/python/eval"):
            name = f"tensorflow_gan{package.replace('/', '.')}"
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = [f"{root}{package}"]
        _stand_in_for_pkg_resources()
    return importlib.import_module(f"tensorflow_gan.python.eval.{module}")


def _stand_in_for_pkg_resources() -> None:
    """tensorflow-hub asks pkg_resources, which setuptools no longer has, for nothing but comparing version numbers."""
    if "pkg_resources" not in sys.modules and importlib.util.find_spec("pkg_resources") is None:
        stand_in = types.ModuleType("pkg_resources")
        stand_in.parse_version = packaging.version.parse
        sys.modules["pkg_resources"] = stand_in


def inception_from_hub(preprocess: Callable) -> Callable:
    """Maps uint8 images to pool_3 and logits by tensorflow-gan's module on TensorFlow Hub.

    Raises:
      UserError: it cannot be fetched.
    """
    metrics = load("inception_metrics")
    try:
        module = importlib.import_module("tensorflow_hub").load(metrics.INCEPTION_TFHUB)
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"{metrics.INCEPTION_TFHUB}: cannot be fetched ({reason});"
            " give a local file by --gin_param=\"inception.weights = '/path/to/inception.npz'\""
        ) from error

    def compute(pixels):
        found = module(preprocess(pixels))
        return (
            tf.reshape(found[metrics.INCEPTION_FINAL_POOL], [-1, 2048]),
            tf.reshape(found[metrics.INCEPTION_OUTPUT], [tf.shape(pixels)[0], -1]),
        )

    return compute
