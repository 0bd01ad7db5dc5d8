"""python -m tests.faults [--share 0.1] [--only NAME]: does faults on purpose and prints how often the promise held."""

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf  # noqa: F401  (imported, never run: children are forked)

import jebm_tf.cli.session  # noqa: F401  (the same)
from tests.faults import damage, divergence, full_disk, kills, settings

FAULTS = {
    "kill": (kills.killed, 200),
    "signal": (kills.asked_to_end, 100),
    "bit": (damage.flipped, 300),
    "cut": (damage.cut, 100),
    "damage": (damage.gone_on_with, 30),
    "disk": (full_disk.full, 100),
    "astray": (divergence.not_finite, 50),
    "gin": (settings.mutated, 200),
}


def main() -> int:
    """Returns the exit status: 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the number of times that each fault is done")
    parser.add_argument("--only", choices=list(FAULTS), action="append", help="this fault; repeatable")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    kept = [_report(name, asked.share, asked.seed) for name in asked.only or FAULTS]
    return 0 if all(kept) else 1


def _report(name: str, share: float, seed: int) -> bool:
    fault, number = FAULTS[name]
    number, began = max(round(share * number), 1), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        held = list(fault(number, random.Random(seed), Path(folder)))
    seconds = time.monotonic() - began
    print(f"{name:8} {sum(held):4} of {number:4}  {seconds:6.0f} s  {fault.__doc__.splitlines()[0]}", flush=True)
    return all(held) and len(held) == number


if __name__ == "__main__":
    sys.exit(main())
