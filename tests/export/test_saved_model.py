"""SavedModels equal the live model and need nothing but TensorFlow."""

import json
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
from jebm_tf.data.images import to_pixels
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.scores import image_scores
from jebm_tf.export.endpoints import log_density_terms
from jebm_tf.export.saved_model import NUM_SAMPLES, export
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


def test_the_request_in_the_readme_fits_the_signature_and_serving_default_samples_pictures(exported):
    _, path, loaded = exported
    body = json.loads((path / "README.md").read_text().split("jebm:predict\n")[1].split("```")[0])
    asked = loaded.signatures[body["signature_name"]]
    arguments = asked.structured_input_signature[1]
    assert arguments.keys() == body["inputs"].keys()
    inputs = {name: tf.constant(value, arguments[name].dtype) for name, value in body["inputs"].items()}
    (images,) = asked(**inputs).values()
    assert (images.shape, images.dtype) == ((16, 8, 8, 1), tf.uint8)
    (default,) = loaded.signatures["serving_default"](**inputs).values()
    np.testing.assert_array_equal(images, default)
    np.testing.assert_array_equal(images, to_pixels(loaded.sample(num=16, seed=0)))


def test_pictures_are_cut_scaled_and_scored_in_the_graph(tmp_path):
    model, to_size = conv_model(), Preprocessing((8, 8, 1), crop=12, background=40)
    export(model, POSTERIOR, PRIOR, tmp_path, preprocessing=to_size)
    loaded = tf.saved_model.load(str(tmp_path))
    pictures = np.random.default_rng(0).integers(0, 256, (5, 14, 20, 4), np.uint8)
    small = to_size.tensor(tf.constant(pictures))
    context = EvaluationContext(model, POSTERIOR, PRIOR, images=lambda split: None, seed=3)
    live = image_scores(context, small.numpy(), NUM_SAMPLES)
    found = loaded.score_images(images=pictures, seed=3)
    names = {"log_joint": "L>0", "log_likelihood": "log p(x|z)", "log_prior_2": "log p(z_2)", "f_1": "f_1", "f": "f"}
    for theirs, ours in names.items():
        np.testing.assert_allclose(found[theirs], live[ours], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found["squared_error"], -live["-squared error"], rtol=1e-4)
    assert np.ptp(live["L>0"]) > 1e-2  # so that images cannot be mixed up
    rebuilt = loaded.reconstruct_images(images=small, seed=3)
    assert rebuilt.dtype == tf.uint8
    np.testing.assert_array_equal(rebuilt, loaded.reconstruct_images(images=pictures, seed=3))


@pytest.mark.parametrize("endpoint", ["reconstruct", "log_density"])
def test_pixels_are_refused_where_images_in_one_to_one_are_meant(exported, endpoint):
    loaded = exported[2]
    pixels = np.full((2, 8, 8, 1), 200, np.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"x must be images in \[-1, 1\]; pictures of 0 to 255"):
        getattr(loaded, endpoint)(x=pixels, seed=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="x has no images"):
        getattr(loaded, endpoint)(x=np.zeros((0, 8, 8, 1), np.float32), seed=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no images: the batch is empty"):
        loaded.score_images(images=np.zeros((0, 8, 8, 1), np.uint8), seed=0)
