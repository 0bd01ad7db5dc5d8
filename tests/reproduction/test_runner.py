"""What is there is left as it is, what is missing is done, and a failure ends nothing else."""

import dataclasses
import shutil

import pytest

from jebm_tf.errors import DIVERGED
from jebm_tf.reproduction.plan import TRAINING, Evaluation, Experiment, Training
from jebm_tf.reproduction.runner import in_short
from jebm_tf.storage.lock import DirectoryLock
from tests.reproduction.pretended import Pretended, runner

TASKS = {"fid_small": Evaluation("fid_small", ("fid_small.num_samples = 50",)), "parameters": Evaluation("parameters")}
ONE = Experiment(Training("one", "a", "digits", ("gin/digits.gin",), max_steps=40), TASKS, num_samples=4)
AT_12 = f"train: error: step 12: f's gap is 7e+08, {DIVERGED}; its last checkpoints are from before"


def test_everything_is_done_once(tmp_path):
    first = Pretended(numbers={"fid_small": {"fid_small": 3.5}})
    found = runner(tmp_path, first).carry_out(ONE)
    assert first.names() == ["bin/train", "bin/evaluate", "bin/evaluate", "bin/sample"]
    assert not found.failures
    assert found.answers["fid_small"]["numbers"] == {"fid_small": 3.5}
    assert found.answers[TRAINING]["numbers"] == {"seconds_per_step": pytest.approx(0.375)}
    assert found.answers[TRAINING]["receipt"]["step"] == 40
    again = Pretended()
    assert runner(tmp_path, again).carry_out(ONE) == found
    assert again.typed == []


def asked_after(tmp_path, change):
    """What is run again once `change` was made to what a first start left."""
    runner(tmp_path, Pretended()).carry_out(ONE)
    experiment = change(tmp_path) or ONE
    again = Pretended()
    runner(tmp_path, again).carry_out(experiment)
    return [line.split(" --run_dir")[0].split()[0] + line.partition("--task=")[2].split(" ")[0] for line in again.typed]


def test_an_answer_that_is_gone_is_asked_for_again(tmp_path):
    asked = asked_after(tmp_path, lambda output: shutil.rmtree(output / "evaluations" / "one" / "parameters"))
    assert asked == ["bin/evaluateparameters"]


def test_a_question_with_other_settings_is_another_question(tmp_path):
    other = {**TASKS, "fid_small": Evaluation("fid_small", ("fid_small.num_samples = 60",))}
    assert asked_after(tmp_path, lambda _: dataclasses.replace(ONE, evaluations=other)) == ["bin/evaluatefid_small"]


def test_a_longer_training_goes_on_and_is_asked_anew(tmp_path):
    longer = dataclasses.replace(ONE, training=dataclasses.replace(ONE.training, max_steps=60))
    asked = asked_after(tmp_path, lambda _: longer)
    assert asked == ["bin/train", "bin/evaluatefid_small", "bin/evaluateparameters", "bin/sample"]


def test_a_training_whose_checkpoint_is_gone_is_begun_again(tmp_path):
    asked = asked_after(tmp_path, lambda output: shutil.rmtree(output / "runs" / "one" / "checkpoints"))
    assert asked == ["bin/train"]  # and comes to the same step


def test_more_samples_are_drawn(tmp_path):
    assert asked_after(tmp_path, lambda _: dataclasses.replace(ONE, num_samples=9)) == ["bin/sample"]


def test_images_that_have_moved_make_no_other_run(tmp_path):
    runner(tmp_path, Pretended(), {"digits": tmp_path / "here"}).carry_out(ONE)
    again = Pretended()
    runner(tmp_path, again, {"digits": tmp_path / "there"}).carry_out(ONE)
    assert again.typed == []


def test_a_training_that_has_diverged_is_said_and_not_tried_again(tmp_path):
    first = Pretended(fails={"bin/train": AT_12})
    found = runner(tmp_path, first).carry_out(ONE)
    assert found.failures == {TRAINING: AT_12}
    assert first.names() == ["bin/train"]
    assert in_short(AT_12) == "diverged at step 12"
    again = Pretended()
    assert runner(tmp_path, again).carry_out(ONE).failures == {TRAINING: AT_12}
    assert again.typed == []
    assert runner(tmp_path, again).found(ONE).failures == {TRAINING: AT_12}
    tamer = dataclasses.replace(
        ONE, training=dataclasses.replace(ONE.training, gin_params=("EnergyHead.hidden = (4,)",))
    )
    assert not runner(tmp_path, again).carry_out(tamer).failures


def test_a_training_that_failed_otherwise_is_tried_again(tmp_path):
    full = "train: error: runs/one: cannot be written (No space left on device)"
    assert runner(tmp_path, Pretended(fails={"bin/train": full})).carry_out(ONE).failures == {TRAINING: full}
    assert not runner(tmp_path, Pretended()).carry_out(ONE).failures


def test_a_task_that_fails_costs_its_own_answer_only(tmp_path):
    said = "evaluate: error: fid_small: the data have no labels"
    pretended = Pretended(fails={"--task=fid_small": said})
    found = runner(tmp_path, pretended).carry_out(ONE)
    assert found.failures == {"fid_small": said}
    assert set(found.answers) == {TRAINING, "parameters"}
    assert pretended.names()[-1] == "bin/sample"


def test_a_run_that_trains_by_itself_is_waited_for(tmp_path):
    class Patient(Pretended):
        waits = 0

        def wait(self, seconds):
            self.waits += 1
            lock.__exit__()

    run_dir = tmp_path / "runs" / "one"
    run_dir.mkdir(parents=True)
    lock = DirectoryLock(run_dir)
    lock.__enter__()
    patient = Patient()
    assert not runner(tmp_path, patient).carry_out(ONE).failures
    assert patient.waits == 1
