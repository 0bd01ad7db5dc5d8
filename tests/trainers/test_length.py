"""The run's length is said once, and who asks for all of it is noted."""

from jebm_tf.trainers.length import TrainingLength


def test_shares_are_rounded_steps():
    length = TrainingLength(7, 70)
    assert length.steps_per_epoch == 7
    assert not length.is_used
    assert (length.steps(0.3), length.steps(0.05)) == (21, 4)
    assert length.is_used


def test_one_epoch_unless_told():
    assert TrainingLength(5).total_steps == 5
