"""Commands as one types them."""

import shlex
import sys
from pathlib import Path

from jebm_tf.reproduction.commands import ANY, Command, Commands
from jebm_tf.reproduction.plan import Evaluation, Experiment, Training
from jebm_tf.reproduction.workplace import Workplace

TRAINING = Training("a", "k", "mnist", ("gin/mnist.gin",), ("z_1 = 4", "Run.callbacks = []"), seed=3, epochs=2)


def commands(**data_dirs):
    return Commands(Workplace(Path("out")), {name: Path(path) for name, path in data_dirs.items()})


def test_a_training_is_its_files_settings_seed_length_and_place():
    assert commands(mnist="images.npz").train(TRAINING).arguments == (
        "--gin_file=gin/mnist.gin",
        "--gin_param=z_1 = 4",
        "--gin_param=Run.callbacks = []",
        "--gin_param=Run.seed = 3",
        "--data_dir=images.npz",
        "--gin_param=Run.epochs = 2",
        "--run_dir=out/runs/a",
    )


def test_images_are_those_of_the_data_set_or_of_all_but_embedded_ones():
    embedded = Training("d", "k", "digits", ("gin/digits.gin",), max_steps=5)
    both = Commands(Workplace(Path("out")), {ANY: Path("all"), "svhn": Path("other")})
    assert "--data_dir=all" in both.train(TRAINING).arguments
    assert not any("data_dir" in argument for argument in both.train(embedded).arguments)
    assert "--max_steps=5" in both.train(embedded).arguments
    assert both.over_the_run(Evaluation("ood", ("a.b = 1",), out="svhn")) == [
        "a.b = 1",
        "out/load_images.data_dir = 'other'",
    ]


def test_a_second_stage_names_the_run_of_its_first():
    second = Training("b", "k", "cifar10", ("gin/nvae_tiny.gin",), start_from="a")
    assert "--gin_param=Run.start_from = 'out/runs/a'" in commands().train(second).arguments


def test_tasks_and_samples_have_places_of_their_own():
    asked = commands().evaluate(TRAINING, "backbone", Evaluation("fid", ("PriorChain.num_steps = 0",)))
    assert asked.arguments == (
        "--run_dir=out/runs/a",
        "--task=fid",
        "--gin_param=PriorChain.num_steps = 0",
        "--output=out/evaluations/a/backbone",
    )
    drawn = commands().sample(Experiment(TRAINING, {}, num_samples=9))
    assert drawn.arguments[1:] == ("--num_samples=9", "--seed=0", "--output=out/samples/a.npz")


def test_what_is_typed_is_what_is_run():
    arguments = ("--gin_param=a.b = 'c d'", '--gin_param=a.b = "it\'s"', "--dry_run", "--x=$HOME", "--task=fid")
    command = Command("train", arguments)
    assert tuple(shlex.split(command.typed())[1:]) == arguments
    assert command.typed().startswith("bin/train --gin_param=\"a.b = 'c d'\" ")
    assert command.line()[0] == sys.executable
    assert Path(command.line()[1]).samefile("bin/train")
    assert command.line()[2:] == list(arguments)
