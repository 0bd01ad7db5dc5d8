"""Proves that --json leaves standard output to one object, words and errors included."""

import json

from tests.commands import run, train_one_step


def test_training_evaluating_and_sampling_answer(tmp_path):
    out, err = train_one_step("--run_dir=run", "--json", cwd=tmp_path)
    assert json.loads(out) == {"run_dir": "run", "step": 1, "complete": True, "rollbacks": 0}
    assert "done at step 1" in err
    out, err = run("evaluate", "--run_dir=run", "--task=parameters", "--json", cwd=tmp_path)
    answer = json.loads(out)
    kept = json.loads((tmp_path / answer["answers"]["parameters"]["file"]).read_text())
    assert answer["answers"]["parameters"]["numbers"] == kept["numbers"]
    assert (tmp_path / answer["report"]).exists()
    assert (answer["step"], answer["skipped"]) == (1, {})
    assert "report: " in err
    out, _ = run("sample", "--run_dir=run", "--num_samples=2", "--output=a.png", "--json", cwd=tmp_path)
    assert json.loads(out) == {"run_dir": "run", "step": 1, "output": "a.png", "num_samples": 2, "seed": 0}


def test_an_error_is_an_answer_too(tmp_path):
    out, err = run("sample", "--run_dir=absent", "--output=a.png", "--json", cwd=tmp_path, status=2)
    assert json.loads(out)["error"] in err
    out, _ = run("sample", "--run_dir=absent", "--output=a.png", cwd=tmp_path, status=2)
    assert out == ""
