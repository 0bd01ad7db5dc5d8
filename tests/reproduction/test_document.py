"""Documents of made-up answers: every number in its place, others' apart where the protocol is another."""

import json
import re

import numpy as np
import pytest

from jebm_tf.reproduction import document, systems, table1, table4, table5
from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.plan import TRAINING
from jebm_tf.reproduction.runner import Findings
from jebm_tf.reproduction.workplace import Workplace

MNIST = Images("mnist", "MNIST", ("gin/mnist.gin",))
MODELS = (systems.JOINT_VARIATIONAL, systems.VAE)
SCORES = ("-L>0", "-f", "-f_1", "-f_2", "-log p(x|z)")


def table(digits=(9, 1), seeds=(0, 1)):
    keys = [model.key for model in MODELS]
    return table4.plan(dict.fromkeys(keys, MNIST), MODELS, digits, seeds, dict.fromkeys(keys, table4.Scoring()))


def findings(first, share=0.36, rollbacks=0):
    """Scores from `first` on, a hundredth apart."""
    rows = [
        {"score": score, "auprc_average_precision": first + 0.01 * i, "auprc_average_precision_std": 0.001 * (i + 1)}
        for i, score in enumerate(SCORES)
    ]
    answer = {
        "task": "anomaly",
        "numbers": {"share_of_anomalies": share},
        "protocol": {"images": {"source": "made up", "number": 70}, "posterior_samples": 5, "spread": "x" * 200},
        "tables": {"terms": rows},
        "pictures": [{"file": "anomaly_histogram.png", "caption": "Densities."}],
        "receipt": {"step": 504, "git_commit": "0123456789abcdef", "settings_over_the_run": ["anomaly.epochs = 10"]},
    }
    receipt = {"step": 504, "machine": "a machine", "rollbacks": rollbacks}
    own = {"task": TRAINING, "numbers": {"seconds_per_step": 0.125}, "protocol": {}, "receipt": receipt}
    return Findings({"anomaly": answer, TRAINING: own})


def found(**changes):
    joint, vae = "mnist-joint_variational-without", "mnist-vae-without"
    given = {f"{joint}9-seed0": findings(0.5), f"{joint}9-seed1": findings(0.6), f"{joint}1-seed0": findings(0.2)}
    diverged = "train: error: step 1234: f's gap is 5e+06, so the run has diverged; its last checkpoints"
    given[f"{joint}1-seed1"] = Findings(failures={TRAINING: diverged})
    given[f"{vae}9-seed0"] = given[f"{vae}9-seed1"] = findings(0.4, rollbacks=2)
    return given | changes


def rows_of(text):
    """The first table of a document: cells by the name of the row."""
    lines = text.split("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("|")]
    return {name: rest for name, *rest in cells}


def written(tmp_path, plan=None, answers=None):
    return document.markdown(
        plan or table(), found() if answers is None else answers, Workplace(tmp_path), "Tiny", drawn=False
    )


def test_every_number_is_in_its_place(tmp_path):
    rows = rows_of(written(tmp_path))
    joint = systems.JOINT_VARIATIONAL.title
    assert rows[""] == ["digit 9", "digit 1"]
    assert rows[f"{joint}: −L>0, the paper's score"] == ["0.550 ± 0.071", "0.200 (1 of 2 seeds)"]
    assert rows[f"{joint}: −f_2"] == ["0.580 ± 0.071", "0.230 (1 of 2 seeds)"]
    assert rows["VAE: −L>0"] == ["0.400 ± 0.000", "not run yet"]
    assert rows["VAE: reconstruction, −log p(x\\|z)"] == ["0.440 ± 0.000", "not run yet"]
    assert "VAE: −f" not in rows
    assert rows["*paper: joint*"] == ["*0.796 ± 0.004*", "*0.470 ± 0.009*"]
    assert "*paper: VAE*" not in rows


def test_numbers_of_another_protocol_stand_apart(tmp_path):
    apart = written(tmp_path).partition("## Published")[2]
    assert "| paper: VAE | *0.104* | *0.063* |" in apart
    assert "less than chance" in apart
    answers = found(**{"mnist-vae-without9-seed0": findings(0.4, share=0.1)})
    text = written(tmp_path, answers=answers)
    assert not any(name.startswith("*paper") for name in rows_of(text))
    assert "| paper: joint | *0.796 ± 0.004* | *0.470 ± 0.009* |" in text.partition("## Published")[2]


def test_rows_of_one_name_keep_their_own_protocols(tmp_path):
    plan = table5.plan([MNIST], (systems.JOINT_MLE, systems.JOINT_VARIATIONAL), (0,))
    text = written(tmp_path, plan, {})
    assert f"paper: MCMC; paper: inference network: {table5.OTHER_MACHINE}." in text
    assert f"paper: MCMC; paper: inference network: {table1.PROTOCOL}." in text


def test_seeds_receipts_and_failures_are_all_there(tmp_path):
    text = written(tmp_path)
    joint = systems.JOINT_VARIATIONAL.title
    assert f"| {joint}: −f | digit 9 | 0.510, 0.610 | ± 0.002, ± 0.002 |" in text
    run = "| mnist-joint_variational-without9-seed1 | 1 | 504 | 0.125 | never | a machine | 0123456789ab |"
    assert run in text
    assert "| mnist-vae-without9-seed0 | 0 | 504 | 0.125 | 2 times |" in text
    (group,) = [line for line in text.splitlines() if line.startswith("| anomaly: share of anomalies 36.0 %")]
    assert "images made up (number 70); posterior samples 5; settings anomaly.epochs = 10" in group
    assert group.count("-seed") == 5, "one protocol is said once"
    assert "xxx" not in group
    assert "| mnist-joint_variational-without1-seed1 | training | train: error: step 1234" in text
    assert "![mnist-vae-without9-seed0](evaluations/mnist-vae-without9-seed0/anomaly/anomaly_histogram.png)" in text


def test_a_cell_without_any_seed_says_at_which_step_it_ended(tmp_path):
    lone = {"mnist-joint_variational-without1-seed0": found()["mnist-joint_variational-without1-seed1"]}
    rows = rows_of(written(tmp_path, table(digits=(1,), seeds=(0,)), lone))
    assert rows[f"{systems.JOINT_VARIATIONAL.title}: −f_1"] == ["diverged at step 1,234"]


def test_nothing_run_yet_is_a_document_too(tmp_path):
    text = written(tmp_path, answers={})
    assert set(rows_of(text)["VAE: −L>0"]) == {"not run yet"}
    assert "## Receipts" not in text
    assert "or because nothing of ours is there" in text


def test_files_are_written_with_the_picture_of_what_is_there(tmp_path):
    workplace, plan = Workplace(tmp_path), table()
    path = tmp_path / "samples" / "mnist-vae-without9-seed0.npz"
    path.parent.mkdir()
    np.savez(path, images=np.zeros([4, 8, 8, 1], np.uint8), step=504)
    document.write(plan, found(), workplace, "Tiny")
    assert (tmp_path / "table4.png").is_file()
    assert "![Samples](table4.png)" in (tmp_path / "table4.md").read_text()
    content = json.loads((tmp_path / "table4.json").read_text())
    (cell,) = [c for c in content["ours"] if c["row"].endswith("(ours): −f_1") and c["column"] == "digit 9"]
    assert cell["values"] == pytest.approx([0.52, 0.62])
    assert cell["mean"] == pytest.approx(0.57)
    assert cell["spreads_over_checkpoints"] == pytest.approx([0.003, 0.003])
    assert {c["row"]: c["same_protocol"] for c in content["cited"]}["paper: VAE"] is False
    assert content["failures"] == {
        "mnist-joint_variational-without1-seed1": {
            "training": found()["mnist-joint_variational-without1-seed1"].failures["training"]
        }
    }
