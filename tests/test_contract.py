"""What every model and every way of learning promises, over all baselines and likelihoods, on real digits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import gin
from jebm_tf import seeds
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
from jebm_tf.data import digits
from jebm_tf.data.pipeline import batches
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.objectives.variational import variational_terms

BASELINES = [
    ["joint_mle"],
    ["joint_variational"],
    ["joint_variational", "joint_head"],
    ["lebm"],
    ["abp"],
    ["sri"],
    ["vae"],
]
LIKELIHOODS = ["learned_sigma", "bernoulli", "logistic_mixture_grey"]
CASES = {
    **{"+".join(names): [f"baselines/{name}.gin" for name in names] for names in BASELINES},
    **{f"joint_mle+{name}": [f"likelihoods/{name}.gin"] for name in LIKELIHOODS},
    **{f"vae+{name}": ["baselines/vae.gin", f"likelihoods/{name}.gin"] for name in LIKELIHOODS},
}
SMALL = ["PosteriorChain.num_steps = 2", "PriorChain.num_steps = 2", "LearningRate.rate = 1e-4"]
RATES = [f"{part}/LearningRate.rate = 1e-4" for part in ("generator", "prior", "energy", "inference")]


@pytest.fixture(params=CASES)
def trainer(request):
    keras.utils.set_random_seed(0)
    gin_files.load(["digits.gin", *CASES[request.param]], SMALL + RATES)
    yield build_trainer(build("Run"), steps_per_epoch=10)
    gin.clear_config()


def images(batch=30):
    return next(iter(batches(digits.load("train"), batch, 0, 0)))


def objectives(trainer, x, z_posterior, z_prior):
    """The model's own objective at given samples, and the inference network's on the step's noise."""
    learning = trainer.learning_objective(mle_terms(trainer.model, x, z_posterior, z_prior))
    if trainer.model.inference is None:
        return float(learning), None
    inferred = trainer.posterior.infer(trainer.model, x, seeds.root_seed(5))
    terms = variational_terms(trainer.model, x, inferred, z_prior)
    return float(learning), float(tf.reduce_mean(terms.elbo + terms.expected_f))


def test_contract(trainer):
    """One test, since building costs more than checking: any batch, finite gradients, a step up, a round trip."""
    model = trainer.model
    for batch in (1, 3):
        z = trainer.posterior.sample(model, images(batch), seeds.root_seed(1))
        assert [layer.shape for layer in z] == [(batch, dim) for dim in model.dims]
        assert model.decode(z).shape == (batch, 8, 8, 1)
        assert model.log_likelihood(images(batch), z).shape == model.f(z).shape == (batch,)
        assert -1.0 <= float(tf.reduce_min(model.decode(z))) <= float(tf.reduce_max(model.decode(z))) <= 1.0
    assert_a_step_improves(trainer)
    assert_round_trip(model)


def assert_a_step_improves(trainer):
    """At the step's own samples; the network is judged with the model as it was, lest one hide behind the other."""
    model, x, seed = trainer.model, images(), trainer.step_seed()
    z_posterior = trainer.posterior.sample(model, x, seeds.fold(seed, 0))
    z_prior = trainer.sample_prior(tf.constant(30), seeds.fold(seed, 1))
    learning, inference = objectives(trainer, x, z_posterior, z_prior)
    before = {name: part.get_weights() for name, part in model.parts.items()}
    scalars = trainer.train_step(x)
    assert all(np.isfinite(value) for value in scalars.values())
    for name, part in model.parts.items():
        assert (
            any(np.any(new != old) for new, old in zip(part.get_weights(), before[name], strict=True))
            or not before[name]
        )
    assert objectives(trainer, x, z_posterior, z_prior)[0] > learning
    if inference is not None:
        for name in model.parts.keys() - {"inference"}:
            model.parts[name].set_weights(before[name])
        assert objectives(trainer, x, z_posterior, z_prior)[1] > inference


def assert_round_trip(model):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    assert list(again.parts) == list(model.parts)
    again.set_weights(model.get_weights())
    z = model.transform(tuple(tf.ones([2, dim]) for dim in model.dims))
    for name in ("decode", "f", "log_prior"):
        np.testing.assert_array_equal(getattr(again, name)(z), getattr(model, name)(z))
    np.testing.assert_array_equal(again.log_likelihood(images(2), z), model.log_likelihood(images(2), z))
