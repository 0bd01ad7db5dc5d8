"""bin/reproduce: its flags, and its refusals before anything is run."""

import pytest

from tests.commands import run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "which table? For example bin/reproduce table4; there are table1, table4, table5, table6, fig5, fig7"),
        (["table2"], "'table2': no such table; there are table1"),
        (["table4", "table1"], "unexpected argument 'table1'"),
        (["table1", "--digits=1"], "--digits: table1 holds no digits out"),
        (["table4", "--digits=1,x"], "--digits=1,x: must be digits"),
        (["table4", "--digits=10"], "--digits=10: must be digits"),
        (["table4", "--seeds=0"], "--seeds=0"),
        (["table4", "--scale=medium"], "--scale=medium"),
        (["table4", "--data_dir=mnist=nowhere.npz"], "--data_dir=mnist=nowhere.npz: there is no "),
        (["table4", "--data_dir=mnits=."], "--data_dir=mnits=.: no data set 'mnits' here; there are cifar10"),
    ],
)
def test_bad_input_is_one_line(tmp_path, arguments, said):
    out, err = run("reproduce", *arguments, cwd=tmp_path, status=2)
    assert err.startswith("reproduce: error: ")
    assert said in err
    assert err.count("\n") == 1
    assert not out


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_dry_run_says_commands_and_time_and_leaves_no_run(tmp_path):
    out, _ = run("reproduce", "table6", "--dry_run", "--output=out", cwd=tmp_path)
    typed = [line for line in out.splitlines() if line.startswith("bin/")]
    timed = [line for line in typed if "/timing/" in line]
    assert len(timed) == 5
    assert [line.split()[0] for line in typed if line not in timed] == ["bin/train", "bin/evaluate", "bin/sample"] * 5
    assert "2,000 steps of" in out
    assert "5 evaluations of which none like them was asked here" in out
    assert not (tmp_path / "out" / "runs").exists()
