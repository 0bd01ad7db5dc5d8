"""Only what a task has answered is read, whatever else lies beside it."""

import json

from jebm_tf.reporting import answers


def test_other_files_are_passed_over(tmp_path):
    for name, text in {
        "fid.json": json.dumps({"task": "fid", "numbers": {"fid": 1.0}}),
        "copy.json": json.dumps({"task": "fid"}),
        "list.json": "[]",
        "cut.json": "{",
        "bytes.json": "",
    }.items():
        (tmp_path / name).write_text(text)
    assert answers.in_folder(tmp_path) == {"fid": {"task": "fid", "numbers": {"fid": 1.0}}}
    assert answers.in_folder(tmp_path / "nowhere") == {}
    assert answers.read_json(tmp_path / "list.json") == []
    assert answers.read_json(tmp_path / "nowhere.json") is None
