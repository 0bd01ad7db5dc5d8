"""Proves how far a run that diverges goes back, and that what it did is on record."""

from jebm_tf.cli.rollbacks import Rollback, Rollbacks


def test_nothing_there(tmp_path):
    rollbacks = Rollbacks(tmp_path / "rollbacks.jsonl")
    assert rollbacks.all == []
    assert rollbacks.number_at(10**6) == 0
    assert rollbacks.how_far(100, margin=50) == 1


def test_they_are_read_again_as_they_were(tmp_path):
    path = tmp_path / "rollbacks.jsonl"
    first = Rollbacks(path)
    first.add(Rollback(620, 600, "f's gap is 1e5"), record=True)
    first.add(Rollback(900, 800, "δ"), record=True)
    first.add(Rollback(901, 700, "unrecorded"), record=False)
    assert Rollbacks(path).all == first.all[:2]
    assert first.row() == {"step": 700, "rollback/number": 3, "rollback/at_step": 901}


def test_the_noise_of_a_step_is_that_of_the_last_rollback_before_it(tmp_path):
    """So that a run that is stopped and goes on is the same run."""
    rollbacks = Rollbacks(tmp_path / "rollbacks.jsonl")
    for rollback in (Rollback(620, 500, ""), Rollback(640, 400, ""), Rollback(2000, 1900, "")):
        rollbacks.add(rollback, record=False)
    assert [rollbacks.number_at(step) for step in (0, 399, 400, 500, 1899, 1900, 10**6)] == [0, 0, 2, 2, 2, 3, 3]


def test_what_did_not_help_goes_further_back_the_next_time(tmp_path):
    rollbacks = Rollbacks(tmp_path / "rollbacks.jsonl")
    rollbacks.add(Rollback(620, 600, ""), record=False)
    assert [rollbacks.how_far(step, margin=100) for step in (610, 700, 720, 721)] == [2, 2, 2, 1]
    rollbacks.add(Rollback(650, 500, ""), record=False)
    assert [rollbacks.how_far(step, margin=100) for step in (640, 750, 751)] == [3, 3, 1]
