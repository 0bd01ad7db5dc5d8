"""A trainer is led through its stages, told where it is when it goes on, and traced once for each."""

import types

from jebm_tf.callbacks.stages import Stages


class Staged:
    """A trainer with boundaries at 2 and 5 that notes when it was traced."""

    def __init__(self, step=0):
        self.step, self.stage, self.traced = step, 0, []

    def settle(self, step):
        changed, self.stage = (step >= 2) + (step >= 5) != self.stage, (step >= 2) + (step >= 5)
        return changed

    def make_train_function(self, force):
        assert force
        self.traced.append(self.step)


def test_stages_are_entered_after_the_step_that_ends_one(capsys):
    trainer, stages = Staged(), Stages()
    stages.set_model(trainer)
    stages.on_train_begin()
    for trainer.step in range(1, 7):
        stages.on_train_batch_end(0)
    assert trainer.traced == [2, 5]
    assert capsys.readouterr().out == "step 2: stage 2 begins\nstep 5: stage 3 begins\n"


def test_a_run_goes_on_in_its_stage():
    trainer, stages = Staged(step=3), Stages()
    stages.set_model(trainer)
    stages.on_train_begin()
    assert (trainer.stage, trainer.traced) == (1, [3])


def test_a_trainer_without_stages_is_left_alone():
    trainer, stages = types.SimpleNamespace(step=1, settle=lambda step: False), Stages()
    stages.set_model(trainer)
    stages.on_train_begin()
    stages.on_train_batch_end(0)
