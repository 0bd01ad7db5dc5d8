"""A run directory never turns into another run's by accident."""

import json

import pytest

from jebm_tf import registry
from jebm_tf.cli import modules
from jebm_tf.cli.run_directory import RunDirectory, create
from jebm_tf.errors import UserError

CONFIG = "JointModel.sigma = 0.3\nf_1/EnergyHead.hidden = (8, 8)\nRun.max_steps = 100\nload_images.data_dir = 'a'\n"


def test_the_same_settings_are_welcome_again(tmp_path):
    run = create(tmp_path / "new" / "run")
    run.write_config(CONFIG, accept_changes=False)
    longer = CONFIG.replace("100", "200").replace("'a'", "'b'")
    run.write_config(longer, accept_changes=False)
    assert run.config.read_text() == longer


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sigma = 0.3", "sigma = 0.5", "JointModel.sigma = 0.3, not 0.5"),
        ("f_1/EnergyHead.hidden = (8, 8)\n", "", r"f_1/EnergyHead.hidden = \(8, 8\), not unset"),
    ],
)
def test_other_settings_are_refused_and_nothing_is_lost(tmp_path, old, new, message):
    run = create(tmp_path)
    run.write_config(CONFIG, accept_changes=False)
    with pytest.raises(UserError, match=message):
        run.write_config(CONFIG.replace(old, new), accept_changes=False)
    assert run.config.read_text() == CONFIG
    run.write_config(CONFIG.replace(old, new), accept_changes=True)
    assert run.config.read_text() == CONFIG.replace(old, new)


def test_environment_says_versions_devices_and_start(tmp_path):
    create(tmp_path).write_environment(["/device:CPU:0"], 7)
    written = json.loads((tmp_path / "env.json").read_text())
    assert written["packages"]["tensorflow"].startswith("2.")
    assert (written["devices"], written["started_at_step"]) == (["/device:CPU:0"], 7)
    assert {"git_commit", "python", "command", "started", "jebm_tf"} <= set(written)


def test_a_path_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written to"):
        create(tmp_path / "file" / "run")


def mine(context, number=1):
    pass


def test_callbacks_and_own_tasks_may_differ(tmp_path, own_names):
    registry.register(mine)
    own = "# Needs --module=elsewhere\n" + CONFIG + "Run.callbacks = [@Mine(), @a/Other()]\na/Other.path = 'x'\n"
    run = create(tmp_path)
    run.write_config(own + "Mine.path = 'b'\nmine.number = 3\n", accept_changes=False)
    run.write_config(CONFIG, accept_changes=False)
    with pytest.raises(UserError, match=r"holds a run with Other.path = unset, not 'b'"):
        run.write_config(CONFIG + "Other.path = 'b'\n", accept_changes=False)


def test_modules_are_recorded_and_asked_for(tmp_path, monkeypatch, own_names):
    registry.register(mine)
    monkeypatch.setattr(modules, "given", lambda: ["given.one"])
    run = create(tmp_path)
    run.check_modules()  # no run yet
    run.write_config(CONFIG + "Run.evaluations = [@mine]\n", accept_changes=False)
    assert run.config.read_text().splitlines()[0] == f"# Needs --module=given.one --module={__name__}"
    with pytest.raises(UserError, match=r"config.gin: has parts from given.one; add --module=given.one$"):
        run.check_modules()


def test_sweeping_leaves_what_an_evaluation_is_writing(tmp_path):
    for name in (
        "checkpoints/.step_00000003.part/weights.index",
        "samples/.a.png.part",
        "evaluation/step_3/.fid.json.part",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    RunDirectory(tmp_path).sweep()
    assert [path.name for path in tmp_path.rglob(".*")] == [".fid.json.part"]
