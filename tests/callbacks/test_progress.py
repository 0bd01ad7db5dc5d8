"""What a person sees."""

import time
import types

import pytest

from jebm_tf.callbacks.progress import Progress, summary

GAPS = ["f/1/gap", "f/2/gap"]
ROW = {"step": 20, "log_likelihood": -3.25, "mse": 0.125, "f/1/gap": 0.5, "f/2/gap": -0.2, "images_per_second": 99.6}


@pytest.mark.parametrize("total", [{}, {"f/gap": 0.3}])
def test_summary_adds_up_the_gaps_of_the_heads(total):
    assert summary(ROW | total, GAPS) == "log p(x|z) -3.25  mse 0.1250  f gap +0.300  100 images/s"


def test_summary_shows_what_a_stage_has():
    assert summary({"step": 3, "contrast": -1.25, "accuracy": 0.75}, []) == "contrast -1.2500  accuracy 0.750"


def test_a_line_breaks_a_long_silence(capsys, monkeypatch):
    progress = Progress(first_step=0, last_step=40)
    progress.set_model(types.SimpleNamespace(step=3))
    progress.on_train_batch_end(0)
    assert not capsys.readouterr().out
    later = time.perf_counter() + 21.0
    monkeypatch.setattr("time.perf_counter", lambda: later)
    progress.on_train_batch_end(0)
    progress.on_train_batch_end(0)
    assert capsys.readouterr().out == "step 3/40   7 %  ETA ?\n"


def test_plain_lines_where_there_is_no_terminal(capsys):
    progress = Progress(first_step=10, last_step=40)
    trainer = types.SimpleNamespace(step=10, gap_names=GAPS)
    progress.set_model(trainer)
    progress.on_train_begin()
    for trainer.step in range(11, 21):
        progress.on_train_batch_end(0)
    progress.show(ROW)
    progress.on_train_end()
    out, err = capsys.readouterr()
    assert out.startswith("step 20/40  50 %  log p(x|z) -3.25")
    assert "ETA 00:0" in out
    assert not err
