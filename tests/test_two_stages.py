"""Two-stage learning as a user types it: two runs, the second from the first's backbone."""

import numpy as np
import pytest
from PIL import Image

from jebm_tf.chains.batch_norm import recalibrate_batch_norm
from jebm_tf.cli.loading import load_run
from tests.commands import rows, run, weights

NVAE = """
include 'digits.gin'
include 'models/nvae_tiny32.gin'
include 'stages/elbo.gin'
NVAE.image_shape = (8, 8, 1)
NVAE.channels = 4
NVAE.halvings = 1
NVAE.groups = (1, 1)
NVAE.latent_channels = 2
PriorChain.num_steps = 2
Run.batch_size = 50
Run.log_every = 2
Run.snapshot_every = 4
Run.snapshot_size = 9
"""


def test_two_stages_are_two_runs(tmp_path):
    (tmp_path / "nvae.gin").write_text(NVAE)
    stage = "--gin_file=nvae.gin"
    run("train", stage, "--run_dir=runs/first", "--max_steps=4", cwd=tmp_path)
    second = [stage, "--gin_file=stages/ebm.gin", "--gin_param=Run.start_from = 'runs/first'", "--run_dir=runs/second"]
    out, _ = run("train", *second, "--max_steps=4", cwd=tmp_path)
    assert "backbone from runs/first/checkpoints/step_00000004" in out
    first, last = weights(tmp_path / "runs/first"), weights(tmp_path / "runs/second")
    backbone = [name for name in first if name.startswith(("model/generator", "model/inference"))]
    assert len(backbone) > 50
    for name in backbone:
        np.testing.assert_array_equal(first[name], last[name])
    assert rows(tmp_path / "runs/second")[-1]["f/gap"] != 0.0
    run("sample", "--run_dir=runs/second", "--num_samples=3", "--seed=0", "--output=deep.png", cwd=tmp_path)
    with Image.open(tmp_path / "deep.png") as picture:
        assert picture.size[1] >= 8
    wider = [*second[:3], "--gin_param=NVAE.channels = 6", "--run_dir=runs/other"]
    _, err = run("train", *wider, cwd=tmp_path, status=2)
    assert "cannot be loaded into this backbone" in err


def remembered(model):
    return np.concatenate([v.numpy().ravel() for v in model.backbone.generator.variables if "moving" in v.path])


@pytest.mark.usefixtures("clean_gin")
def test_norms_are_readjusted_to_every_checkpoint_that_a_task_visits(tmp_path):
    (tmp_path / "nvae.gin").write_text(NVAE + "Run.checkpoint_every = 2\nCosineRate.rate = 0.3\n")
    run("train", "--gin_file=nvae.gin", "--run_dir=first", "--max_steps=4", cwd=tmp_path)
    plain, expected = load_run(tmp_path / "first"), []
    for _ in plain.context.checkpoints(2):
        recalibrate_batch_norm(plain.model, batches=3, batch_size=20)
        expected.append(remembered(plain.model))
    setting = ["recalibrate_batch_norm.batches = 3", "recalibrate_batch_norm.batch_size = 20"]
    adjusted = load_run(tmp_path / "first", settings=setting)
    model = adjusted.model
    found = [(step, remembered(model)) for step in adjusted.context.checkpoints(2)]
    assert [step for step, _ in found] == [2, 4]
    for (_, values), wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(remembered(model), expected[-1], rtol=1e-4, atol=1e-5)
    assert np.abs(expected[0] - expected[1]).max() > 1e-2
