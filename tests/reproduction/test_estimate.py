"""Time from what has run here, or from a few timed steps, once for each kind of training."""

import pytest

from jebm_tf.errors import DIVERGED, UserError
from jebm_tf.reproduction.estimate import duration, estimate
from jebm_tf.reproduction.plan import Evaluation, Experiment, Table, Training
from tests.reproduction.pretended import Pretended, runner

ASKED = {"anomaly": Evaluation("anomaly")}


def training(name, kind, **changes):
    return Training(name, kind, "digits", ("gin/digits.gin",), **changes)


def table(*trainings, evaluations=None):
    found = tuple(Experiment(training, ASKED if evaluations is None else evaluations) for training in trainings)
    return Table("t", "T", (), (), (), found)


def test_kinds_are_timed_once_and_their_steps_added_up(tmp_path):
    pretended = Pretended()
    trainings = [training("a0", "a", max_steps=40), training("a1", "a", max_steps=40), training("b0", "b")]
    expected = estimate(table(*trainings), runner(tmp_path, pretended))
    assert pretended.names() == ["bin/train"] * 2
    assert all("--max_steps=10" in line and "/timing/" in line for line in pretended.typed)
    assert [(part.kind, part.trainings, part.steps) for part in expected.parts] == [("a", 2, 80), ("b", 1, 21)]
    assert expected.seconds == pytest.approx(0.375 * 101)
    assert not (tmp_path / "timing" / "a").exists(), "checkpoints of no use"
    again = Pretended()
    assert estimate(table(*trainings), runner(tmp_path, again)).parts == expected.parts
    assert again.typed == [], "timed once on this machine"


def test_what_is_there_is_not_counted_and_tells_the_time_of_the_rest(tmp_path):
    trainings = [training("a0", "a", max_steps=40), training("a1", "a", max_steps=40)]
    done = table(*trainings)
    runner(tmp_path, Pretended()).carry_out(done.experiments[0])
    pretended = Pretended()
    expected = estimate(done, runner(tmp_path, pretended))
    assert pretended.names() == ["bin/train"], "the first one has ended, of the second no step was taken"
    assert [(part.trainings, part.steps) for part in expected.parts] == [(1, 40)]
    assert (expected.evaluation_seconds, expected.evaluations_known, expected.evaluations_unknown) == (12.5, 1, 0)
    assert expected.seconds == pytest.approx(40 * 0.375 + 12.5)


def test_a_training_in_part_counts_by_what_is_left(tmp_path):
    half = training("a0", "a", max_steps=40)
    runner(tmp_path, Pretended()).carry_out(Experiment(half, {}))
    longer = training("a0", "a", max_steps=60)
    pretended = Pretended()
    expected = estimate(table(longer, evaluations={}), runner(tmp_path, pretended))
    assert pretended.typed == []
    assert [part.steps for part in expected.parts] == [20]
    assert "as a0 has run so far" in "\n".join(expected.lines())


def test_a_training_that_is_to_be_longer_counts_by_its_new_length(tmp_path):
    runner(tmp_path, Pretended(step=21)).carry_out(Experiment(training("a0", "a"), {}))
    longer = table(training("a0", "a", epochs=9), evaluations={})
    assert [part.steps for part in estimate(longer, runner(tmp_path, Pretended())).parts] == [6]


def test_nothing_left_takes_no_time(tmp_path):
    done = table(training("a0", "a", max_steps=40))
    runner(tmp_path, Pretended()).carry_out(done.experiments[0])
    expected = estimate(done, runner(tmp_path, Pretended()))
    assert (expected.parts, expected.seconds) == ([], 0.0)


def test_what_cannot_begin_is_said_before_anything_starts(tmp_path):
    said = "train: error: mnist: cannot be downloaded"
    with pytest.raises(UserError, match="a cannot be trained: train: error: mnist: cannot be downloaded"):
        estimate(table(training("a0", "a", max_steps=4)), runner(tmp_path, Pretended(fails={"bin/train": said})))


def test_what_diverges_while_it_is_timed_is_left_to_its_row(tmp_path):
    pretended = Pretended(fails={"bin/train": f"train: error: step 5: nan, {DIVERGED}"})
    expected = estimate(table(training("a0", "a", max_steps=4)), runner(tmp_path, pretended))
    assert expected.parts[0].cost is None
    assert "not known" in expected.lines()[1]
    assert estimate(table(training("a0", "a", max_steps=4)), runner(tmp_path, pretended)) == expected
    assert len(pretended.typed) == 1


def test_a_second_stage_waits_for_its_first(tmp_path):
    pretended = Pretended()
    expected = estimate(table(training("a0", "a", max_steps=4, start_from="b0")), runner(tmp_path, pretended))
    assert pretended.typed == []
    assert expected.parts[0].cost is None


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (99.0, "99 s"), (100.0, "2 min"), (5940.0, "99 min"), (9000.0, "2.5 h")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said
