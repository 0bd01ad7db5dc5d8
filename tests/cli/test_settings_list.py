"""The list of settings has every name and parameter, with the default that Python has and what the docstring says."""

import pytest

import jebm_tf.components  # noqa: F401  (registers what is listed)
from jebm_tf import registry
from jebm_tf.cli import settings_list
from jebm_tf.errors import UserError


def test_every_setting_of_every_name_is_listed():
    lines = settings_list.text("all").splitlines()
    for name, item in registry.configurables().items():
        assert any(line.startswith(f"{name}: ") for line in lines), name
        for parameter in registry.parameters(item):
            assert any(line.split(" ")[2] == f"{name}.{parameter}" for line in lines if line.startswith("  ")), (
                parameter
            )


@pytest.mark.parametrize("name", ["PriorChain", "Run", "load_images", "EnergyHead", "fid_small"])
def test_settings_that_people_set_say_what_they_mean(name):
    item = registry.configurables()[name]
    found = settings_list.meanings_of(item)
    assert [key for key in registry.parameters(item) if not found.get(key)] == []


def test_one_name():
    found = settings_list.text("LearningRule")
    assert "LearningRule.prior_negative_phase = False\n    " in found
    with pytest.raises(UserError, match="no such name; did you mean 'PriorChain'"):
        settings_list.text("PriorChian")


def test_sections_of_a_docstring():
    text = "Does.\n\nArgs:\n  a, b: first\n    and more.\n  (others): elsewhere\n    too.\n  c: third: with a colon."
    found = settings_list.documented(f"{text}\n\nReturns:\n  d: not an argument.")
    assert found == {"a": "first and more.", "b": "first and more.", "c": "third: with a colon."}
