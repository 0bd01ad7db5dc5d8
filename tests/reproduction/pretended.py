"""Commands that leave what the real ones leave, without running anything."""

import json

import numpy as np

from jebm_tf.reproduction.commands import Commands
from jebm_tf.reproduction.processes import Outcome
from jebm_tf.reproduction.runner import Runner
from jebm_tf.reproduction.workplace import Workplace


def value(command, flag):
    (found,) = [a.split("=", 1)[1] for a in command.arguments if a.startswith(f"--{flag}=")]
    return found


class Pretended:
    """Takes the place of `Processes`.

    Args:
      step: that trainings end at.
      fails: what a command says that is to fail, by a part of what is typed.
      numbers: of a task, by a part of what is typed.
    """

    def __init__(self, step=40, fails=None, numbers=None):
        self.step, self.fails, self.numbers = step, fails or {}, numbers or {}
        self.typed = []

    def names(self):
        return [line.split()[0] for line in self.typed]

    def run(self, command, log, *, quiet=False):
        del log, quiet
        self.typed.append(command.typed())
        for part, said in self.fails.items():
            if part in command.typed():
                return Outcome(2, said)
        getattr(self, f"_{command.name}")(command)
        return Outcome(0, "done")

    def wait(self, seconds):
        raise AssertionError("nobody trains there")

    def _train(self, command):
        run_dir = self._path(command, "run_dir")
        asked = [int(a.split("=")[1]) for a in command.arguments if a.startswith("--max_steps=")]
        step = asked[0] if asked else self.step
        (run_dir / "checkpoints" / f"step_{step:08d}").mkdir(parents=True, exist_ok=True)
        speeds = [{"step": 5, "steps_per_second": 4.0}, {"step": 10, "steps_per_second": 2.0}, {"step": step}]
        (run_dir / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in speeds))
        (run_dir / "config.gin").write_text("Run.batch_size = 30\nRun.epochs = 7\nRun.max_steps = 10\n")
        (run_dir / "data.json").write_text(json.dumps({"source": "pretended", "number": 100}))

    def _evaluate(self, command):
        run_dir, output, task = (self._path(command, name) for name in ("run_dir", "output", "task"))
        (last,) = sorted((run_dir / "checkpoints").iterdir())[-1:]
        settings = [a.split("=", 1)[1] for a in command.arguments if a.startswith("--gin_param=")]
        receipt = {"step": int(last.name[5:]), "seed": 0, "settings_over_the_run": settings, "seconds": 12.5}
        numbers = next((found for part, found in self.numbers.items() if part in command.typed()), {})
        output.mkdir(parents=True, exist_ok=True)
        answer = {"task": task.name, "numbers": numbers, "protocol": {}, "tables": {}, "receipt": receipt}
        (output / f"{task.name}.json").write_text(json.dumps(answer))

    def _sample(self, command):
        (last,) = sorted((self._path(command, "run_dir") / "checkpoints").iterdir())[-1:]
        path = self._path(command, "output")
        path.parent.mkdir(parents=True, exist_ok=True)
        images = np.full([int(value(command, "num_samples")), 4, 4, 1], 90, np.uint8)
        np.savez(path, images=images, step=int(last.name[5:]))

    def _path(self, command, flag):
        from pathlib import Path

        return Path(value(command, flag))


def runner(output, pretended, data_dirs=None):
    return Runner(Commands(Workplace(output), data_dirs or {}), pretended, lambda line: None)
