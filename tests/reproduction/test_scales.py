"""The plans of both scales: what is run, what is asked, and that every cell can be filled."""

import pytest

from jebm_tf.cli import gin_files
from jebm_tf.errors import UserError
from jebm_tf.reproduction import scales
from jebm_tf.reproduction.plan import TRAINING
from jebm_tf.reproduction.scales import TABLES, Wanted

SMALL, FULL = Wanted(True, (0, 1)), Wanted(False, (0, 1, 2))


def experiments(table):
    return {experiment.training.name: experiment for experiment in table.experiments}


@pytest.mark.parametrize("wanted", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_asked_for_and_every_name_is_one_run(name, wanted):
    table = scales.table(name, wanted)
    by_name = experiments(table)
    assert table.name == name
    assert len(by_name) == len(table.experiments)
    for row in table.rows:
        assert set(row.cells) <= set(table.columns)
        for cell in row.cells.values():
            assert len(cell.trainings) == len(wanted.seeds)
            seeds = [by_name[training].training.seed for training in cell.trainings]
            assert tuple(seeds) == wanted.seeds
            for training in cell.trainings:
                assert cell.source.evaluation in {TRAINING, *by_name[training].evaluations}
    assert set(table.shown.values()) | {training for training, *_ in table.pictures} <= set(by_name)


@pytest.mark.parametrize("wanted", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("name", TABLES)
def test_gin_files_are_there_and_settings_have_a_meaning(name, wanted, clean_gin):
    kinds = {experiment.training.kind: experiment for experiment in scales.table(name, wanted).experiments}
    for experiment in kinds.values():
        training = experiment.training
        params = [*training.gin_params, f"Run.epochs = {training.epochs or 1}"]
        asked = [setting for evaluation in experiment.evaluations.values() for setting in evaluation.gin_params]
        gin_files.load([*training.gin_files, "eval/defaults.gin"], [*params, *asked])


def test_one_name_is_one_run_in_all_tables():
    for wanted in (SMALL, FULL):
        seen = {}
        for name in TABLES:
            for training, experiment in experiments(scales.table(name, wanted)).items():
                assert seen.setdefault(training, experiment.training) == experiment.training
    runs = [set(experiments(scales.table(name, SMALL))) for name in ("table1", "table5", "fig7")]
    assert runs[1] < runs[0], "Table 5 costs nothing after Table 1"
    assert runs[2] & runs[0]


def test_the_full_scale_leaves_the_files_as_they_are():
    for name in ("table1", "table5"):
        for experiment in scales.table(name, FULL).experiments:
            training = experiment.training
            assert (training.gin_params, training.epochs, training.max_steps) == ((), None, None)
            assert "fid.num_samples = 50000" in experiment.evaluations["fid"].gin_params
    for experiment in scales.table("table4", FULL).experiments:
        assert len(experiment.training.gin_params) == 1  # the digit
        assert "anomaly.epochs = 10" in experiment.evaluations["anomaly"].gin_params


def test_digits_and_length_are_as_asked():
    wanted = Wanted(True, (0,), digits=(4, 1), epochs=30)
    table = scales.table("table4", wanted)
    assert table.columns == ("digit 4", "digit 1")
    assert {experiment.training.epochs for experiment in table.experiments} == {30}
    assert {e.evaluations["anomaly"].gin_params[-1] for e in table.experiments} == {"anomaly.epochs = 10"}
    held_out = {param for experiment in table.experiments for param in experiment.training.gin_params}
    assert held_out == {"held_out = 4", "held_out = 1"}
    digits = [e.training for e in scales.table("table6", wanted).experiments]
    assert {(training.epochs, training.max_steps) for training in digits} == {(None, 2000)}


def test_a_short_run_is_scored_by_its_last_half():
    for experiment in scales.table("table4", SMALL).experiments:
        (epochs,) = (s for s in experiment.evaluations["anomaly"].gin_params if "epochs" in s)
        assert int(epochs.split()[-1]) == max(1, experiment.training.epochs // 2)


def test_an_unknown_table_is_said():
    with pytest.raises(UserError, match=r"'table2': no such table; there are table1, table4"):
        scales.table("table2", SMALL)
