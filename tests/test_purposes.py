"""No two uses of a seed share a number, nor does a counted one run into another."""

from itertools import combinations

from jebm_tf.purposes import Purpose

COUNTED = {Purpose.LIKELIHOOD_ELBO: 100, Purpose.SCORES: 1000}  # more than any task takes


def test_all_are_distinct_and_apart():
    assert len(set(map(int, Purpose))) == len(Purpose)
    for a, b in combinations(sorted(Purpose), 2):
        assert b - a >= COUNTED.get(a, 1), (a.name, b.name)


def test_what_is_drawn_beside_a_run_s_steps_is_no_step():
    assert max(Purpose.DATA_ORDER, Purpose.CHAIN_BANK) < 0
