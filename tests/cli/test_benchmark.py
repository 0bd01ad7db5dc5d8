"""The command as a user types it: a table, a file, a picture, a comparison, and what it refuses."""

import json

import pytest
from PIL import Image

from tests.commands import QUICK, run

SETTINGS = ["--gin_file=gin/digits.gin", *(f"--gin_param={setting}" for setting in QUICK), "--repeats=3"]


def test_a_benchmark_and_a_comparison_with_it(tmp_path):
    out, err = run("benchmark", *SETTINGS, "--output=here", "--only=prior chain", cwd=tmp_path)
    assert not err
    found = json.loads((tmp_path / "here" / "benchmark.json").read_text())
    assert list(found["items"]) == ["prior chain"]
    assert "PriorChain.num_steps = 2" in found["settings"]
    assert {"date", "git_commit", "packages", "machine"} <= set(found)
    with Image.open(tmp_path / "here" / "benchmark.png") as picture:
        assert picture.width > 1000
    assert [line for line in out.splitlines() if line.startswith("prior chain ")]
    again = [*SETTINGS, "--compare=here/benchmark.json"]
    out, _ = run("benchmark", *again, "--only=prior chain", cwd=tmp_path)
    assert "time / here/benchmark.json's" in out
    _, err = run("benchmark", *again, "--gin_param=PriorChain.num_steps = 3", cwd=tmp_path, status=2)
    assert err == (
        "benchmark: error: --compare=here/benchmark.json: of other work:"
        " prior_sampler, num_steps was 2 there and is 3 here\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--gin_file is required"),
        (["--gin_file=gin/digits.gin", "--only=chain"], "--only=chain: unknown; known are prior chain, "),
        (["--gin_file=gin/digits.gin", "--compare=none.json"], "none.json: cannot be read"),
        (["--gin_file=gin/digits.gin", "--inception=none.npz"], "none.npz: cannot be read"),
    ],
)
def test_bad_input_is_one_line(tmp_path, arguments, said):
    out, err = run("benchmark", *arguments, cwd=tmp_path, status=2)
    assert not out
    assert err.startswith(f"benchmark: error: {said}")
    assert err.count("\n") == 1
