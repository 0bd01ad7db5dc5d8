"""bin/score writes for each file what `TrainedRun.score` says of it, and judges by a threshold of the same weights."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import jebm_tf as jebm
from jebm_tf.cli import scoring
from jebm_tf.errors import UserError
from jebm_tf.evaluation import threshold
from tests.commands import run, train_one_step

CLASSES = ("bent", "good")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A run of a step, and a folder of 600 pictures in two classes, of which three cannot be read."""
    path = tmp_path_factory.mktemp("home")
    train_one_step("--run_dir=run", cwd=path)
    rng = np.random.default_rng(0)
    for i in range(600):
        file = path / "parts" / CLASSES[i % 2] / f"{i:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (11, 9, 3), np.uint8)).save(file)
    for name in ("bent/000.png", "good/301.png", "good/599.png"):
        (path / "parts" / name).write_bytes(b"spoilt")
    return path


@pytest.fixture(scope="module")
def trained(home):
    return jebm.load_run(home / "run")


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_writes_a_row_for_each_file(home, trained):
    arguments = ["--run_dir=run", "--num_samples=2", "--output=scores.csv", "--images=parts", "--fit_threshold=train"]
    out, err = run("score", *arguments, "--quantile=0.9", cwd=home, status=1)
    rows = table(home / "scores.csv")
    assert "scores.csv: 597 images of parts, " in out
    assert err.count("cannot be read as an image") == 3
    assert "3 of 600 images could not be read, and are not in the table" in err
    files = [str(path.relative_to(home / "parts")) for path in sorted((home / "parts").rglob("*.png"))]
    spoilt = [files.index(name) for name in ("bent/000.png", "good/301.png", "good/599.png")]
    kept = [i for i in range(600) if i not in spoilt]
    assert [row["file"] for row in rows] == [files[i] for i in kept]
    assert {(row["file"][:4], row["class"]) for row in rows} == {("bent", "bent"), ("good", "good")}
    images = np.zeros((600, 8, 8, 1), np.uint8)
    images[kept] = trained.read([home / "parts" / files[i] for i in kept])
    scores = trained.score(images, num_samples=2)
    for name, column in {"L>0": "L>0", "f": "f", "log p(z_2)": "log p(z_2)", "-squared error": "squared error"}.items():
        sign = 1.0 if name == column else -1.0
        found = np.array([float(row[column]) for row in rows])
        np.testing.assert_allclose(found, sign * scores[name][kept], rtol=1e-4, atol=1e-5)
    bound = threshold.load(home / "run" / "threshold.json")
    assert (bound.quantile, bound.step, bound.num_samples, bound.images["number"]) == (0.9, 1, 2, 1500)
    below = np.array([float(row["L>0"]) for row in rows]) < bound.value
    assert [row["anomalous"] for row in rows] == [str(int(value)) for value in below]
    normal = trained.score(trained.context.images("train").images, num_samples=2)["L>0"]
    assert np.mean(normal < bound.value) == pytest.approx(0.1, abs=1e-3)
    assert (home / "scores.png").exists()


def test_scores_do_not_depend_on_how_many_images_are_in_memory(home, trained, monkeypatch, tmp_path):
    source = scoring.source_of(trained, home / "parts", "test")
    found = []
    for part in (256, 1024):
        monkeypatch.setattr(scoring, "_PART", part)
        scoring.score(trained, source, tmp_path / f"{part}.csv", by="f", num_samples=1, threshold=None)
        found.append(table(tmp_path / f"{part}.csv"))
    assert len(found[0]) == 597
    for one, other in zip(*found, strict=True):
        assert one["file"] == other["file"]
        assert float(one["L>0"]) == pytest.approx(float(other["L>0"]), rel=1e-4)
    assert "anomalous" not in found[0][0]


def test_the_run_s_own_images(trained, tmp_path):
    source = scoring.source_of(trained, None, "test")
    scoring.score(trained, source, tmp_path / "a.csv", by="L>0", num_samples=1, threshold=None)
    rows = table(tmp_path / "a.csv")
    labels = trained.context.images("test").labels
    assert [(row["file"], row["class"]) for row in rows] == [(str(i), str(label)) for i, label in enumerate(labels)]


def test_what_cannot_be_judged_is_refused(home, trained, tmp_path):
    source = scoring.source_of(trained, None, "test")
    with pytest.raises(UserError, match=r"--by=L>9: no such score; there are L>0, Gaussian L>0"):
        scoring.score(trained, source, tmp_path / "a.csv", by="L>9", num_samples=1, threshold=None)
    with pytest.raises(UserError, match=r"--by=g: no such score"):
        scoring.fit_threshold(trained, "train", 0.9, "g", 1)
    fitted = threshold.Threshold("L>0", 0.0, 0.9, 1, 1, {})
    for wrong, what in ({"step": 7}, "step 7, not 1"), ({"num_samples": 3}, "num_samples 3, not 1"):
        bound = threshold.Threshold(**{**vars(fitted), **wrong})
        with pytest.raises(UserError, match=f"was fitted at {what}; fit it again"):
            scoring.score(trained, source, tmp_path / "a.csv", by="L>0", num_samples=1, threshold=bound)
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "a.png").write_bytes(b"")
    with pytest.raises(UserError, match="none of 1 images can be read"):
        spoilt = scoring.source_of(trained, tmp_path / "spoilt", "test")
        scoring.score(trained, spoilt, tmp_path / "a.csv", by="L>0", num_samples=1, threshold=None)
    assert not (tmp_path / "a.csv").exists()


def test_only_normal_images_make_a_threshold(trained, monkeypatch):
    """A class that training never saw does not count, even where the split is not told to leave it out."""
    images = trained.context.images("train")
    of = {"train": images.labels < 9, "test": images.labels >= 0}

    def given(split, **_):
        return jebm.ImageSet(images.images[of[split]], images.labels[of[split]], split)

    monkeypatch.setattr(trained, "context", trained.context.__class__(**{**vars(trained.context), "images": given}))
    scoring.fit_threshold(trained, "test", 0.9, "L>0", 1)
    saved = json.loads(scoring.threshold_file(trained).read_text())
    assert saved["images"]["number"] == int((images.labels < 9).sum())
