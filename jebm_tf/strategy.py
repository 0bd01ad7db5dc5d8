"""Where a run computes: distribution strategies by name, and whether XLA pays there."""

import json
import os
import re
from typing import Literal

import tensorflow as tf

from jebm_tf.errors import UserError

_ADDRESS = re.compile(r".+:\d+")
STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker", "tpu")


def make_strategy(name: str) -> tf.distribute.Strategy:
    """The strategy called `name`; "auto" mirrors where there is more than one GPU.

    Raises:
      UserError: the strategy's hardware is not there, or the name is unknown.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        name = "mirrored" if len(gpus) > 1 else "one_device"
    if name == "one_device":
        # TensorFlow's default, which takes the first GPU by itself. A OneDeviceStrategy would wrap the data in an
        # iterator for several devices.
        return tf.distribute.get_strategy()
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multi_worker":
        _check_cluster(os.environ.get("TF_CONFIG"))
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "tpu":
        return _tpu_strategy()
    raise UserError(f"--strategy={name}: unknown; choose one of {', '.join(STRATEGIES)}")


def _check_cluster(config: str | None) -> None:
    """Checks what TF_CONFIG says of the cluster and of this worker's place in it.

    Raises:
      UserError: it says nothing, or nothing that can be.
    """
    try:
        if config is None:
            raise ValueError("not set; set it to the cluster and this worker's place")
        told = json.loads(config)
        cluster, task = told["cluster"], told["task"]
        members, index = cluster[task["type"]], task["index"]
        if not all(
            isinstance(member, str) and _ADDRESS.fullmatch(member) for group in cluster.values() for member in group
        ):
            raise ValueError('addresses must read "host:port"')
        if not isinstance(index, int) or not 0 <= index < len(members):
            raise ValueError(f"task.index is {index!r}, and {task['type']} has {len(members)} members, counted from 0")
    except json.JSONDecodeError as error:
        raise UserError(f"--strategy=multi_worker: TF_CONFIG is no JSON ({error})") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"--strategy=multi_worker: TF_CONFIG lacks {error}; it reads"
            ' {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
        ) from error
    except ValueError as error:
        raise UserError(f"--strategy=multi_worker: TF_CONFIG: {error}") from error


def _tpu_strategy() -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        raise UserError("--strategy=tpu: no TPU found from here; run on a TPU VM, or use --strategy=auto") from error
    return tf.distribute.TPUStrategy(resolver)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the run's files: always, but for the other workers of several."""
    resolver = strategy.cluster_resolver
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) or resolver.task_type is None:
        return True
    return resolver.task_type == "chief" or (
        resolver.task_type == "worker" and resolver.task_id == 0 and "chief" not in resolver.cluster_spec().jobs
    )


def use_jit(jit: bool | Literal["auto"]) -> bool:
    """Resolves a `jit` setting: "auto" is True where there is a GPU.

    On a GPU a chain of small kernels is bound by launches, and XLA fuses them; on a CPU it is slower than oneDNN.
    """
    return bool(tf.config.list_physical_devices("GPU")) if jit == "auto" else jit
