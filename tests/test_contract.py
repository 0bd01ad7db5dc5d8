"""What every model and every way of learning promises, over all baselines and likelihoods, on real digits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.objective import autoencoder_terms
from jebm_tf.baselines.autoencoder.trainer import AutoencoderTrainer
from jebm_tf.baselines.ncp_vae.objective import contrastive_terms
from jebm_tf.baselines.ncp_vae.trainer import ContrastiveTrainer
from jebm_tf.baselines.two_stage_vae.objective import first_stage_terms, second_stage_terms
from jebm_tf.baselines.two_stage_vae.trainer import TwoStageVAETrainer
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
from jebm_tf.data import digits
from jebm_tf.data.pipeline import subsample
from jebm_tf.objectives.ebm import ebm_terms
from jebm_tf.objectives.elbo import elbo_terms
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.elbo import ELBOTrainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.variational import VariationalTrainer
from tests.rebuilding import rebuilt
from tests.training import first_batch

BASELINES = [
    ["joint_mle"],
    ["joint_variational"],
    ["joint_variational", "joint_head"],
    ["conditional_ebm"],
    ["lebm"],
    ["abp"],
    ["sri"],
    ["vae"],
    ["lvae"],
    ["rae"],
    ["two_stage_vae"],
    ["ncp_vae"],
]
LIKELIHOODS = ["learned_sigma", "bernoulli", "logistic_mixture"]
CASES = {
    **{"+".join(names): [f"baselines/{name}.gin" for name in names] for names in BASELINES},
    **{f"joint_mle+{name}": [f"likelihoods/{name}.gin"] for name in LIKELIHOODS},
    **{f"vae+{name}": ["baselines/vae.gin", f"likelihoods/{name}.gin"] for name in LIKELIHOODS},
    "nvae": ["models/nvae_tiny32.gin", "stages/elbo.gin"],
    "nvae+ebm": ["models/nvae_tiny32.gin", "stages/ebm.gin"],
    "biva": ["models/biva_tiny32.gin", "stages/elbo.gin"],
    "biva+ebm": ["models/biva_tiny32.gin", "stages/ebm.gin"],
}
STAGES = [(case, 0) for case in CASES] + [("two_stage_vae", 1), ("ncp_vae", 1)]
SMALL = ["PosteriorChain.num_steps = 2", "PriorChain.num_steps = 2", "LearningRate.rate = 1e-4"]
SMALL += [f"{part}/LearningRate.rate = 1e-4" for part in ("generator", "prior", "energy", "inference")]
SMALL += ["ImportanceResampler.num_proposals = 70", "KLSchedule.warm_up_share = 0.0"]
SMALL += ["NVAE.image_shape = (8, 8, 1)", "NVAE.channels = 2", "NVAE.halvings = 1", "NVAE.groups = (1, 1)"]
SMALL += ["NVAE.latent_channels = 2", "NVAE.flows = 1", "CosineRate.warm_up_epochs = 0", "CosineRate.rate = 1e-4"]
SMALL += ["SpectralSchedule.weight = 0.0", "adamax.l2 = 0.0", "ELBOTrainer.balanced = False"]
SMALL += ["BIVA.image_shape = (8, 8, 1)", "BIVA.filters = 4", "BIVA.stages = [(2, 2, 3), (2, 2, 3)]"]
BATCH = 30


@pytest.fixture(params=STAGES, ids=lambda param: f"{param[0]}-stage{param[1]}")
def trainer(request, clean_gin):
    case, stage = request.param
    keras.utils.set_random_seed(0)
    gin_files.load(["digits.gin", *CASES[case]], SMALL)
    trainer = build_trainer(build("Run"), TrainingLength(10, 2))
    if stage:
        trainer.set_stage(1)
    return trainer


def test_contract(trainer):
    """One test, since building costs more than checking: any batch, finite gradients, a step up, a round trip."""
    model = trainer.model
    if isinstance(trainer, AutoencoderTrainer):
        trainer.fit_prior(subsample(digits.load("train"), 100, 200))
    for batch in (1, 3):
        z = trainer.posterior_sampler.sample(model, first_batch(batch), seeds.root_seed(1))
        drawn, _ = trainer.prior_sampler.sample_with_trace(model, tf.constant(batch), seeds.root_seed(2))
        for layers in (z, drawn):
            assert [layer.shape for layer in layers] == [(batch, dim) for dim in model.dims]
            assert all(np.isfinite(layer).all() for layer in layers)
        assert model.decode(z).shape == (batch, 8, 8, 1)
        assert model.log_likelihood(first_batch(batch), z).shape == model.f(z).shape == (batch,)
        assert -1.0 <= float(tf.reduce_min(model.decode(z))) <= float(tf.reduce_max(model.decode(z))) <= 1.0
    assert_a_step_improves(trainer)
    assert_round_trip(model)


def assert_a_step_improves(trainer):
    """Each objective at the step's own samples, with the parts that do not climb it as they were, lest one hide."""
    parts = trainer.model.parts
    before = {name: part.get_weights() for name, part in parts.items()}
    x = first_batch(BATCH)
    judged = [(names, value, value()) for names, value in judges(trainer, x, trainer.step_seed(x))]
    scalars = trainer.train_step(x)
    assert all(np.isfinite(value) for value in scalars.values())
    after = {name: part.get_weights() for name, part in parts.items()}
    moved = {name for name in parts if any(np.any(a != b) for a, b in zip(after[name], before[name], strict=True))}
    learning = set().union(*(names for names, *_ in judged))
    assert moved == {name for name in learning if parts[name].trainable_variables}
    for names, value, start in judged:
        for name, part in parts.items():
            part.set_weights(after[name] if name in names else before[name])
        assert value() > start


def judges(trainer, x, seed):
    """What must rise, on the step's own noise: pairs of the parts that climb it and a function for its value."""
    return {
        MLETrainer: _mle,
        ELBOTrainer: _elbo,
        EBMTrainer: _ebm,
        VariationalTrainer: _variational,
        ContrastiveTrainer: _contrastive,
        TwoStageVAETrainer: _two_stage,
        AutoencoderTrainer: _autoencoder,
    }[type(trainer)](trainer, x, seed)


def _mle(trainer, x, seed):
    z_posterior = trainer.posterior_sampler.sample(trainer.model, x, seeds.fold(seed, 0))
    z_prior = trainer.negative_sampler.negative_samples(trainer.model, z_posterior, seeds.fold(seed, 1))
    value = lambda: float(trainer.learning_objective(mle_terms(trainer.model, x, z_posterior, z_prior)))  # noqa: E731
    return [(set(trainer.model.parts), value)]


def _elbo(trainer, x, seed):
    backbone = trainer.model.backbone

    def value():
        forward = trainer.posterior_sampler.forward_pass(trainer.model, x, seed, training=True)
        return float(tf.reduce_mean(elbo_terms(backbone, x, forward).elbo))

    return [(set(trainer.model.parts), value)]


def _ebm(trainer, x, seed):
    z_posterior = trainer.posterior_sampler.sample(trainer.model, x, seeds.fold(seed, 0))
    z_prior = trainer.negative_sampler.negative_samples(trainer.model, z_posterior, seeds.fold(seed, 1))
    value = lambda: float(tf.reduce_mean(ebm_terms(trainer.model, z_posterior, z_prior).surrogate))  # noqa: E731
    return [(set(trainer.model.energy_parts), value)]


def _variational(trainer, x, seed):
    model = trainer.model
    infer = lambda: trainer.posterior_sampler.infer(model, x, seeds.fold(seed, 0))  # noqa: E731
    z_posterior = tuple(tf.identity(z) for z in infer().z)
    z_prior = trainer.negative_sampler.negative_samples(trainer.model, z_posterior, seeds.fold(seed, 1))

    def bound():
        terms = variational_terms(model, x, infer(), z_prior)
        spent = terms.learning.log_normalizer if model.tilting.has_local_normalizers else 0.0
        climb = trainer.rule.climb_at(trainer.steps_done)
        return float(tf.reduce_mean(terms.elbo + climb * (terms.expected_f - spent)))

    if model.backbone.top_down:
        return [(set(model.parts), bound)]
    learning = lambda: float(trainer.learning_objective(mle_terms(model, x, z_posterior, z_prior)))  # noqa: E731
    return [(set(model.parts) - {"inference"}, learning), ({"inference"}, bound)]


def _contrastive(trainer, x, seed):
    model, backbone = trainer.model, {"generator", "prior", "inference"}
    if trainer.stage == 0:
        infer = lambda: trainer.posterior_sampler.infer(model, x, seeds.fold(seed, 0))  # noqa: E731
        return [(backbone, lambda: float(tf.reduce_mean(variational_terms(model, x, infer(), None).elbo)))]
    z_posterior = trainer.posterior_sampler.sample(model, x, seeds.fold(seed, 0))
    z_prior = model.transform((seeds.normal([BATCH, model.dims[0]], seeds.root_seed(3)),))
    value = lambda: float(tf.reduce_mean(contrastive_terms(model, z_posterior, z_prior).objective))  # noqa: E731
    return [(set(model.parts) - backbone, value)]


def _two_stage(trainer, x, seed):
    model = trainer.model
    infer = lambda: trainer.posterior_sampler.infer(model, x, seed)  # noqa: E731
    if trainer.stage == 0:
        parts = {"generator", "inference", "likelihood"}
        return [(parts, lambda: float(tf.reduce_mean(first_stage_terms(model, x, infer()).elbo)))]
    return [({"prior", "inference"}, lambda: float(tf.reduce_mean(second_stage_terms(model, infer()).elbo)))]


def _autoencoder(trainer, x, seed):
    model = trainer.model

    def value():
        terms = autoencoder_terms(model, x, model.backbone.encode(x), None)
        decay = trainer.regularizer.weight * sum(
            float(tf.nn.l2_loss(v)) for v in model.backbone.generator.get_weights()
        )
        return float(tf.reduce_mean(terms.log_likelihood - terms.code)) - decay

    return [({"generator", "inference"}, value)]


def assert_round_trip(model):
    again = rebuilt(model)
    assert list(again.parts) == list(model.parts)
    for name, part in model.parts.items():
        again.parts[name].set_weights(part.get_weights())
    z = tuple(tf.ones([2, dim]) for dim in model.dims)
    for name in ("decode", "f", "log_gaussian_prior"):
        np.testing.assert_array_equal(getattr(again, name)(z), getattr(model, name)(z))
    np.testing.assert_array_equal(again.log_likelihood(first_batch(2), z), model.log_likelihood(first_batch(2), z))
    if getattr(model.backbone, "inference", None) is not None:
        ours, theirs = (of.infer(first_batch(2), tuple(tf.ones([2, dim]) for dim in of.dims)) for of in (model, again))
        for a, b in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
            np.testing.assert_array_equal(a, b)
