"""SavedModels equal the live model and need nothing but TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.samplers import Codes, MixtureSampler
from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampling import image_parts
from jebm_tf.export import export, log_density_terms
from tests.baselines.autoencoder.models import autoencoder
from tests.small_models import conv_model, inferring_model

PRIOR, POSTERIOR = PriorChain(num_steps=5), PosteriorChain(num_steps=4)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = conv_model()
    path = tmp_path_factory.mktemp("export")
    export(model, POSTERIOR, PRIOR, path)
    return model, path, tf.saved_model.load(str(path))


def test_sample_equals_live(exported):
    model, _, loaded = exported
    live = np.concatenate([x for x, _ in image_parts(model, PRIOR, 300, 7)])
    np.testing.assert_allclose(loaded.sample(num=300, seed=7), live, atol=1e-6)
    assert not np.allclose(loaded.sample(num=300, seed=8), live, atol=1e-2)


def test_reconstruct_and_log_density_equal_live_for_any_batch(exported):
    model, _, loaded = exported
    for batch in (1, 5):
        x = loaded.sample(num=batch, seed=1)
        z = POSTERIOR.sample(model, x, seeds.root_seed(3))
        np.testing.assert_allclose(loaded.reconstruct(x=x, seed=3), model.decode(z), atol=1e-6)
        live = log_density_terms(model, x, POSTERIOR, 3)
        theirs = loaded.log_density(x=x, seed=3)
        assert set(theirs) == {"log_likelihood", "log_prior_1", "log_prior_2", "f_1", "f_2", "log_joint"} == set(live)
        for name, value in live.items():
            np.testing.assert_allclose(theirs[name], value, rtol=1e-4, atol=1e-4)
        parts = sum(value.numpy() for name, value in live.items() if name != "log_joint")
        np.testing.assert_allclose(live["log_joint"], parts, rtol=1e-5)


def others():
    """Models that are sampled or inferred in other ways than by two chains on the joint prior."""
    conditional = inferring_model(tilting=ConditionalTilting())
    return {
        "conditional": (conditional, InferenceSampler(), conditional.tilting.sampler(PRIOR)),
        "resampled": (conv_model(), POSTERIOR, ImportanceResampler(70)),
        "mixture": (autoencoder(), Codes(), MixtureSampler()),
    }


@pytest.mark.parametrize("name", ["conditional", "resampled", "mixture"])
def test_other_priors_and_samplers_are_exported_too(name, tmp_path):
    model, posterior, prior = others()[name]
    export(model, posterior, prior, tmp_path)
    loaded = tf.saved_model.load(str(tmp_path))
    live = np.concatenate([x for x, _ in image_parts(model, prior, 260, 7)])
    np.testing.assert_allclose(loaded.sample(num=260, seed=7), live, atol=1e-5)
    terms, expected = loaded.log_density(x=live[:3], seed=2), log_density_terms(model, live[:3], posterior, 2)
    assert ("minus_log_z_1" in terms) == (name == "conditional")
    for key, value in expected.items():
        np.testing.assert_allclose(terms[key], value, rtol=1e-4, atol=1e-3)


def test_the_readme_s_own_code_runs_where_the_library_is_not(exported, tmp_path):
    _, path, _ = exported
    code = (
        (path / "README.md").read_text().split("```python\n")[1].split("```")[0].replace('load(".")', f'load("{path}")')
    )
    code = "import sys\nsys.modules['jebm_tf'] = None\n" + code  # importing it would now fail
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "log_joint" in done.stdout
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")
