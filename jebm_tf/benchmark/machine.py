"""What the numbers of a benchmark depend on besides the work: the machine and how much of it the process has."""

import os
import platform
from pathlib import Path
from typing import Any

import tensorflow as tf

_CPU_INFO = Path("/proc/cpuinfo")


def describe() -> dict[str, Any]:
    """Processor, cores, threads, GPUs, and how busy the machine is by itself."""
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "cores_allowed": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads() or "one per core",
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads() or "one per core",
        "gpus": [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus],
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
    }


def _cpu() -> str:
    """The processor's name and the vector instructions that matter to matrix products."""
    if not _CPU_INFO.is_file():
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", 1) for line in _CPU_INFO.read_text().splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    has = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in facts.get("flags", "").split()]
    name = facts.get("model name", platform.machine())
    return f"{name} ({', '.join(has)})" if has else name
