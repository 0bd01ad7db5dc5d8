"""tensorflow-gan's formulas, which ours are held against."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import tensorflow as tf
import tensorflow_probability  # noqa: F401  tensorflow-gan imports it, and what it brings must stay

_FOLDER = Path(importlib.util.find_spec("tensorflow_gan").submodule_search_locations[0]) / "python" / "eval"


def source(name: str) -> str:
    """The text of the module `name` of tensorflow_gan.python.eval."""
    return (_FOLDER / f"{name}.py").read_text()


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tfgan_{name}", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _classifier_metrics() -> ModuleType:
    """The formulas' module. `import tensorflow_gan` fails, since its estimators need tf.estimator, which is gone; the
    packages above this module are stood in for while it is imported, and no longer.
    """
    packages = ["tensorflow_gan", "tensorflow_gan.python", "tensorflow_gan.python.eval"]
    stand_ins = {name: ModuleType(name) for name in packages}
    stand_ins["tensorflow_gan.python.eval"].eval_utils = _load("eval_utils")
    with mock.patch.dict(sys.modules, stand_ins):
        return _load("classifier_metrics")


_METRICS = _classifier_metrics()


def frechet_distance(real, generated):
    distance = _METRICS.frechet_classifier_distance_from_activations
    return float(distance(tf.constant(real, tf.float64), tf.constant(generated, tf.float64)))


def kernel_distance(real, generated, block_size):
    """Mean and standard error over blocks, as many as the larger set fills."""
    estimate = _METRICS.kernel_classifier_distance_and_std_from_activations
    tensors = [tf.constant(features, tf.float64) for features in (real, generated)]
    return [float(value) for value in estimate(*tensors, max_block_size=block_size)]


def inception_score(logits):
    return float(_METRICS.classifier_score_from_logits(tf.constant(logits, tf.float64)))
