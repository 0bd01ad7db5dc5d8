"""Which machine this is, for receipts and for how long a step takes."""

import os
import platform
from pathlib import Path


def name() -> str:
    """The processor and how many cores of it there are for this process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{_processor()}, {cores} cores"


def _processor(table: Path = Path("/proc/cpuinfo")) -> str:
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
