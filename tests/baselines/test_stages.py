"""A trainer is led into its second stage, goes on in the stage that was saved, and is traced once for each."""

import keras
import pytest
import tensorflow as tf

from jebm_tf.baselines.stages import StagedTrainer, Stages
from jebm_tf.chains.prior import PriorChain
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from tests.small_models import dense_model


class Counting(StagedTrainer):
    """Notes the stage of every step, and when it was traced."""

    def __init__(self, share=0.4, total_steps=5, **settings):
        model, length = dense_model((2, 3)), TrainingLength(1, total_steps)
        super().__init__(model, grouped_adam(model, length), PriorChain(), ["stage"], length=length, **settings)
        self.begin_second_stage(share)
        self.traced = []

    def train_step(self, x):
        self.traced.append(self.stage)
        with tf.GradientTape() as tape:
            objective = tf.reduce_mean(self.model.decode(self.model.transform((x, tf.zeros([2, 3])))))
        norms = self.apply_gradients(tape, dict.fromkeys(["generator"], objective))
        return self.report({"stage": tf.constant(float(self.stage))} | norms)


class Look(keras.callbacks.Callback):
    """What a callback sees after each step."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((self.model.step, self.model.stage))


def fit(trainer, steps):
    look = Look()
    data = tf.data.Dataset.from_tensors(tf.ones([2, 2])).repeat()
    callbacks = [*trainer.own_callbacks(None, None, steps), look]
    trainer.fit(data, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=callbacks)
    return look.seen


def test_the_second_stage_begins_after_its_share_and_what_looks_sees_a_step_s_own_stage(capsys):
    trainer = Counting()
    assert trainer.boundary == 2
    assert fit(trainer, 5) == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)]
    assert sorted(set(trainer.traced)) == [0, 1]
    assert capsys.readouterr().out == "step 2: stage 2 begins\n"


def test_averages_begin_anew():
    trainer = Counting(options=StepOptions(average_decay=0.9))
    fit(trainer, 3)
    assert trainer.averages_begin == 2


def test_a_run_goes_on_in_its_stage():
    trainer = Counting()
    trainer.optimizer.iterations.assign(3)
    assert fit(trainer, 1) == [(4, 1)]
    assert trainer.traced == [1]


def test_weights_are_looked_at_in_the_stage_that_was_saved():
    """A loaded run's length is not known, so that its step alone does not tell."""
    trainer, loaded = Counting(), Counting(total_steps=100)
    fit(trainer, 3)
    for ours, theirs in zip(loaded.state, trainer.state, strict=True):
        ours.assign(theirs)
    loaded.on_weights_loaded(3)
    assert loaded.stage == 1


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_impossible_shares_are_named(share):
    with pytest.raises(ValueError, match=rf"Counting.first_stage_share = {share}: must be between 0 and 1"):
        Counting(share)


def test_stages_alone_do_nothing_between_boundaries():
    trainer, stages = Counting(), Stages()
    stages.set_model(trainer)
    stages.on_train_begin()
    stages.on_train_batch_begin(0)
    assert trainer.stage == 0
