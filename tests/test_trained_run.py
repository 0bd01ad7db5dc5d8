"""A trained run in Python gives what the commands give, and two at once do not meet each other's settings."""

import numpy as np
import pytest
import tensorflow as tf

import jebm_tf as jebm
from jebm_tf.errors import UserError
from tests.commands import run, train_one_step


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of a step: maximum likelihood on grey levels, and one with an inference network and another sigma."""
    home = tmp_path_factory.mktemp("runs")
    train_one_step("--run_dir=mle", cwd=home)
    other = ["--gin_file=gin/baselines/vae.gin", "--gin_param=GaussianLikelihood.sigma = 0.7"]
    train_one_step(*other, "--run_dir=vae", cwd=home)
    return home


@pytest.fixture(scope="module")
def mle(runs):
    return jebm.load_run(runs / "mle")


def test_samples_are_the_command_s(runs, mle):
    run("sample", "--run_dir=mle", "--num_samples=5", "--seed=3", "--output=five.npz", cwd=runs)
    saved = np.load(runs / "five.npz")
    images, latents = mle.sample_with_latents(5, seed=3)
    np.testing.assert_array_equal(images, saved["images"])
    np.testing.assert_array_equal(latents[0], saved["z_1"])
    np.testing.assert_array_equal(mle.sample(3, seed=3), images[:3])
    assert (mle.step, mle.directory.name, mle.averaged) == (1, "mle", False)


def test_scores_reconstructions_and_tasks(mle):
    images = mle.context.images("test").images[:6]
    scores = mle.score(images, num_samples=2)
    parts = [values for name, values in scores.items() if name.startswith(("log p", "f_"))]
    np.testing.assert_allclose(scores["L>0"], np.sum(parts, axis=0), rtol=1e-4)
    rebuilt = mle.reconstruct(images, seed=1)
    assert (rebuilt.shape, rebuilt.dtype) == (images.shape, np.uint8)
    assert (mle.reconstruct(images, seed=2) != rebuilt).any()
    np.testing.assert_array_equal(mle.reconstruct(images, seed=1), rebuilt)
    result = mle.evaluate("reconstruction", num_images=10)
    assert result.protocol["images"]["number"] == 10


def test_an_export_is_the_same_model(mle, tmp_path):
    mle.export(tmp_path / "saved")
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    pixels = np.round((loaded.sample(num=4, seed=2).numpy() + 1.0) * 127.5)
    assert np.abs(pixels - mle.sample(4, seed=2)).max() <= 1
    images = mle.context.images("test").images[:3]
    scores = loaded.score_images(images=images, seed=0)
    np.testing.assert_allclose(scores["log_joint"], mle.score(images)["L>0"], rtol=1e-4)
    np.testing.assert_array_equal(loaded.reconstruct_images(images=images, seed=5), mle.reconstruct(images, seed=5))
    card = (tmp_path / "saved" / "README.md").read_text()
    assert "- 1,500 images: scikit-learn digits, train" in card
    assert (tmp_path / "saved" / "samples.png").exists()
    with pytest.raises(UserError, match="already exists and is not an empty folder"):
        mle.export(tmp_path / "saved")


def test_two_runs_keep_their_own_settings(runs, mle):
    vae = jebm.load_run(runs / "vae", settings=["reconstruction.num_images = 7"])
    assert vae.model.backbone.likelihood.sigma == 0.7
    for _ in range(2):  # in turn
        assert mle.evaluate("reconstruction", num_images=3).protocol["images"]["number"] == 3
        assert vae.evaluate("reconstruction").protocol["images"]["number"] == 7
    assert vae.settings == ("reconstruction.num_images = 7",)


def test_bad_input_gets_one_line(mle, runs):
    with pytest.raises(UserError, match=r"^no task 'fdi'; there are parameters, .*"):
        mle.evaluate("fdi")
    with pytest.raises(UserError, match=r"are float64 \(2, 8, 8, 1\); this model needs uint8 \(number, 8, 8, 1\)"):
        mle.score(np.zeros([2, 8, 8, 1]))
    with pytest.raises(UserError, match=r"uint8 \(2, 9, 8, 1\); this model needs"):
        mle.reconstruct(np.zeros([2, 9, 8, 1], np.uint8))
    with pytest.raises(UserError, match=r"sample\(num=0\)"):
        mle.sample(0)
    with pytest.raises(UserError, match="not a run directory"):
        jebm.load_run(runs / "nowhere")
