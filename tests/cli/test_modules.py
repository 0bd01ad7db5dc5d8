"""--module and plugins: what is imported, and one line for what cannot be."""

import importlib.metadata
import sys

import pytest

from jebm_tf import registry
from jebm_tf.cli import modules
from jebm_tf.errors import UserError

PART = "import jebm_tf as jebm\n\n@jebm.register\nclass {name}:\n    pass\n"


@pytest.fixture
def load(tmp_path, monkeypatch, own_names):
    """A function that writes modules into an empty current folder and loads those that are given."""
    monkeypatch.chdir(tmp_path)

    def run(*given, plugins=(), **files):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        points = [importlib.metadata.EntryPoint(name, name, modules.PLUGINS) for name in plugins]
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == modules.PLUGINS else []
        )
        monkeypatch.setattr(modules, "given", lambda: list(given))
        modules.load()

    return run


def test_modules_of_the_current_folder_and_of_packages(load, tmp_path):
    (tmp_path / "my_parts").mkdir()
    (tmp_path / "my_parts" / "deep.py").write_text(PART.format(name="Deep"))
    load("my_part", "my_parts.deep", my_part=PART.format(name="Flat"))
    assert {"Flat", "Deep", "EnergyHead"} <= set(registry.configurables())
    assert registry.own_modules(["Flat", "Deep"]) == ["my_part", "my_parts.deep"]
    assert sys.path[0] == str(tmp_path)


def test_without_modules_the_current_folder_is_not_importable(load, tmp_path):
    load()
    assert str(tmp_path) not in sys.path


FAULTS = {
    "absent": "--module=absent: no module 'absent' in {folder} or among the installed packages",
    "absent.part": "--module=absent.part: no module 'absent' in {folder}",
    "there.part": "--module=there.part: no module 'there.part' in {folder}",
    "there.py": "give a dotted name, without .py",
    "incomplete": "--module=incomplete: its import raised ModuleNotFoundError: No module named 'no_such_dependency'",
    "broken": "--module=broken: its import raised ZeroDivisionError: division by zero",
    "invalid": "--module=invalid: its import raised SyntaxError: ",
    "leaves": "--module=leaves: its import raised SystemExit: 3",
    "taken": "--module=taken: its import raised ValueError: 'EnergyHead' of taken cannot be registered:"
    " jebm_tf.models.energy has a 'EnergyHead' already; rename one",
}
FILES = {
    "there": "",
    "incomplete": "import no_such_dependency",
    "broken": "1 / 0",
    "invalid": "def",
    "leaves": "import sys\nsys.exit(3)",
    "taken": PART.format(name="EnergyHead"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_imported_gets_one_line(load, tmp_path, name):
    with pytest.raises(UserError) as caught:
        load(name, **FILES)
    assert FAULTS[name].format(folder=tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None  # --debug shows where


def test_plugins_are_loaded_and_broken_ones_left_out(load, tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    load(
        plugins=["broken_plugin", "plugin"],
        broken_plugin="raise RuntimeError('no\\nluck')",
        plugin=PART.format(name="P"),
    )
    assert registry.own_modules(["P"]) == ["plugin"]
    assert capsys.readouterr().err == ("warning: plugin broken_plugin skipped: broken_plugin raised RuntimeError: no\n")
