"""A model card says what lies in the run directory, and leaves out what does not."""

import json

from jebm_tf.reporting import model_card


def test_data_settings_and_numbers_with_what_they_were_measured_on(tmp_path):
    (tmp_path / "config.gin").write_text("PriorChain.num_steps = 7\n")
    (tmp_path / "data.json").write_text(json.dumps({"source": "here", "number": 1500, "sha256": "ab12"}))
    folder = tmp_path / "evaluation" / "step_00000070"
    folder.mkdir(parents=True)
    answer = {
        "task": "fid",
        "numbers": {"fid": 12.3456789, "unknown": None},
        "protocol": {"samples": 5000, "reference": {"source": "there", "number": 60000}},
        "receipt": {"seed": 3},
    }
    (folder / "fid.json").write_text(json.dumps(answer))
    (folder / "threshold.json").write_text("{}")
    (folder / "cut.json").write_text("{")
    found = model_card.text(tmp_path, 70, ["PriorChain.num_steps = 9"], averaged=True)
    assert "| fid | fid | 12.3457 | 5,000 samples, 60,000 of there, seed 3 |\n" in found
    assert found.count("| fid |") == 1
    assert "- 1,500 images: here\n- SHA-256 of their pixels: ab12" in found
    assert "PriorChain.num_steps = 7" in found
    assert "- with `PriorChain.num_steps = 9`" in found
    assert "weights of step 70, averages over training" in found
    other_step = model_card.text(tmp_path, 60)
    assert "No evaluation of this step" in other_step
    assert "12.3457" not in other_step


def test_an_empty_directory(tmp_path):
    assert "images: not recorded" in model_card.text(tmp_path, 1)
