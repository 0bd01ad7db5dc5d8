"""Ours against an eager PyTorch step of the same work, in turn, so that other work on the machine meets both.

    .venv/bin/python benchmarks/compare.py --torch_python PATH --model mnist --work step --batch 100

The processes take blocks A B A B; a round's ratio is that of the medians of its two blocks. See README.md here.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("model", "work", "batch", "posterior_steps", "prior_steps", "threads")


def main() -> int:
    """Times both sides in turn, and returns the exit status."""
    given = parse()
    if shutil.which(given.torch_python) is None or not has_torch(given.torch_python):
        print(f"compare.py: {given.torch_python} has no PyTorch; name an interpreter that has it by --torch_python")
        return 2
    same = [f"--{name}={getattr(given, name)}" for name in SHARED]
    pin = ["taskset", "-c", given.cores] if given.cores else []
    extra = [f"--gin_param={setting}" for setting in given.gin_param]
    ours = Worker([*pin, sys.executable, HERE / "our_step.py", *same, *extra])
    theirs = Worker([*pin, given.torch_python, HERE / "torch_step.py", *same, *(["--compile"] * given.compile)])
    if ours.hello["parameters"] != theirs.hello["parameters"]:
        print(f"compare.py: not the same model: {ours.hello['parameters']} parameters, {theirs.hello['parameters']}")
        return 1
    print(
        f"{given.model}, {given.work}, batch {given.batch}, {given.posterior_steps} + {given.prior_steps} steps,"
        f" {given.threads} thread(s); {ours.hello['version']} / {theirs.hello['version']}"
        f"{' compiled' if given.compile else ''}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    rounds = [(ours.times(given.block), theirs.times(given.block)) for _ in range(given.rounds)]
    print(summary(rounds))
    if given.output:
        record = {**vars(given), "ours": ours.hello, "theirs": theirs.hello, "rounds": rounds}
        Path(given.output).write_text(json.dumps(record, indent=1) + "\n")
    return 0


def parse() -> argparse.Namespace:
    """The flags."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--torch_python", default=sys.executable, help="an interpreter that has PyTorch")
    flags.add_argument("--model", choices=("mnist", "svhn", "cifar10"), default="mnist")
    flags.add_argument("--work", choices=("step", "variational", "posterior", "prior"), default="step")
    flags.add_argument("--batch", type=int, default=100)
    flags.add_argument("--posterior_steps", type=int, default=40)
    flags.add_argument("--prior_steps", type=int, default=60)
    flags.add_argument("--threads", type=int, default=1, help="of each process")
    flags.add_argument("--cores", default="0", help="that both are pinned to, by taskset; empty for all")
    flags.add_argument("--rounds", type=int, default=8)
    flags.add_argument("--block", type=int, default=3, help="calls in a row")
    flags.add_argument("--compile", action="store_true", help="torch.compile on their side")
    flags.add_argument("--gin_param", action="append", default=[], help="a setting on our side")
    flags.add_argument("--output", help="a .json with every time")
    return flags.parse_args()


def has_torch(python: str) -> bool:
    return subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0


def summary(rounds: list) -> str:
    """Medians of all times, and median and quartiles of the rounds' ratios: on the clock, and of the processor."""
    return "\n".join(one_line(name, rounds, kind) for kind, name in enumerate(("clock", "processor")))


def one_line(name: str, rounds: list, kind: int) -> str:
    """The line of one kind of time: its place in a block is `kind`."""
    ours, theirs = ([times[kind] for one in rounds for times in one[side]] for side in (0, 1))
    medians = [[statistics.median(times[kind] for times in block) for block in one] for one in rounds]
    ratios = [a / b for a, b in medians]
    low, _, high = statistics.quantiles(ratios, n=4)
    return (
        f"{name:9}  ours {statistics.median(ours):.4g} s, theirs {statistics.median(theirs):.4g} s,"
        f" ratio {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f}), {len(rounds)} rounds"
    )


class Worker:
    """One of the two processes; it computes only when it is asked to."""

    def __init__(self, command: list):
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        )
        self.hello = self._heard()

    def times(self, number: int) -> list[float]:
        """Seconds of so many calls."""
        print(number, file=self.process.stdin, flush=True)
        return self._heard()

    def _heard(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare.py: {' '.join(self.process.args)} ended with status {self.process.wait()}")
        return json.loads(line)


if __name__ == "__main__":
    sys.exit(main())
