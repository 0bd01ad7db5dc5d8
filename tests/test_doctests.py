"""The example in the docstring of every public name runs as it stands."""

import doctest

import numpy as np
import pytest
import tensorflow as tf

import jebm_tf
from tests.commands import train_one_step


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    home = tmp_path_factory.mktemp("runs")
    train_one_step("--run_dir=digits", cwd=home)
    return home / "digits"


@pytest.mark.usefixtures("own_names")
@pytest.mark.parametrize("name", sorted(set(jebm_tf.__all__) - {"__version__"}))
def test_the_example_of_every_public_name_runs(name, run_dir):
    text = getattr(jebm_tf, name).__doc__
    assert "Example:" in text, f"{name}: no example in its docstring"
    names = {"__name__": "__main__", "jebm": jebm_tf, "tf": tf, "np": np, "run_dir": run_dir}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    assert test.examples, f"{name}: no example in its docstring"
    found = []
    doctest.DocTestRunner(verbose=False).run(test, out=found.append)
    assert not found, "".join(found)
