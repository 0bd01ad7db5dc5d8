"""Ours, for compare.py: the same work by the shipped gin files, spoken to in the same way as torch_step.py."""

import argparse
import json
import os
import sys

from jebm_tf import surroundings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
surroundings.choose_kernels()  # as commands do

import tensorflow as tf

from jebm_tf.benchmark import items
from jebm_tf.benchmark.step_times import times_of_steps
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build_run, build_trainer
from jebm_tf.evaluation.parameters import count_parameters
from jebm_tf.trainers.length import TrainingLength

ITEMS = {"posterior": "posterior", "prior": "prior chain"}


def main() -> None:
    """Makes the work and takes orders on standard input."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--work", choices=("step", "variational", *ITEMS), required=True)
    flags.add_argument("--model", required=True)
    flags.add_argument("--batch", type=int, required=True)
    flags.add_argument("--posterior_steps", type=int, required=True)
    flags.add_argument("--prior_steps", type=int, required=True)
    flags.add_argument("--threads", type=int, required=True)
    flags.add_argument("--gin_param", action="append", default=[])
    given = flags.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    tf.config.threading.set_inter_op_parallelism_threads(given.threads)
    run = measurer(given)
    for line in sys.stdin:
        print(json.dumps(run(int(line))), flush=True)


def measurer(given):
    """Builds, says what was built, and returns what measures n times."""
    variational = ["baselines/joint_variational.gin"] if given.work == "variational" else []
    settings = [
        f"Run.batch_size = {given.batch}",
        f"PosteriorChain.num_steps = {given.posterior_steps}",
        f"PriorChain.num_steps = {given.prior_steps}",
        "PriorChain.space = 'z'",
        *given.gin_param,
    ]
    gin_files.load([f"{given.model}.gin", *variational, "rules/paper.gin"], settings)
    tf.keras.utils.set_random_seed(0)
    trainer = build_trainer(build_run(), TrainingLength(1, 1000))
    images = items.random_images(trainer.model, 2 * given.batch)
    item = items.make(ITEMS[given.work], trainer, given.batch) if given.work in ITEMS else None

    def run(number: int, warm_up: int = 0) -> list[tuple[float, float]]:
        """Times so many calls."""
        if item is not None:
            times = item.measure(number)
        else:
            times = times_of_steps(trainer, images, given.batch, number, warm_up)
        return list(zip(times.seconds, times.processor, strict=True))

    run(1, warm_up=2)
    counts = count_parameters(trainer.model)
    total = sum(count for name, count in counts.items() if name in trainer.model.parts)
    print(json.dumps({"parameters": total, "version": f"TensorFlow {tf.__version__}"}), flush=True)
    return run


if __name__ == "__main__":
    main()
