"""Proves a training step: up the surrogate, the same on one replica and two, traced once, reported truthfully."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.data.digits import load
from jebm_tf.data.pipeline import batches, distributed_batches
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.rule import LearningRule
from tests.replicas import two_replicas
from tests.small_models import conv_model
from tests.training import first_batch

BATCH = 20
EXACT = LearningRule(climb=1.0, prior_negative_phase=True)
RATES = {"generator": 3e-3, "prior": 2e-3, "f_1": 1e-3, "f_2": 5e-4}
PARTS = tuple(RATES)


@functools.cache
def digits():
    return load("train")


def make_trainer(seed=0, model=None, rule=EXACT, **arguments):
    model = model or conv_model()
    optimizer = grouped_adam(
        model,
        TrainingLength(100),
        generator=LearningRate(RATES["generator"]),
        prior=LearningRate(RATES["prior"]),
        energy=[LearningRate(RATES[f"f_{name}"]) for name in model.energy_names],
    )
    chains = PosteriorChain(num_steps=4, step_size=0.1), PriorChain(num_steps=3, step_size=0.4)
    return MLETrainer(model, optimizer, *chains, rule, seed=seed, **arguments)


def fit(trainer, steps, data=None):
    trainer.fit(data or batches(digits(), BATCH, 0, 0), steps_per_epoch=steps, shuffle=False, verbose=0)
    return trainer


def samples(trainer, x):
    """z+ and z− of the step that the trainer is about to take."""
    seed = trainer.step_seed(x)
    z_posterior = trainer.posterior_chain.sample(trainer.model, x, seeds.fold(seed, 0))
    return z_posterior, trainer.prior_sampler.sample(trainer.model, len(x), seeds.fold(seed, 1))


def surrogate_and_gradients(trainer, x, z):
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(mle_terms(trainer.model, x, *z).surrogate)
    parts = {name: part.trainable_variables for name, part in trainer.model.parts.items()}
    return float(value), tape.gradient(value, parts)


def weights(trainer):
    return {name: part.get_weights() for name, part in trainer.model.parts.items()}


def momentums(trainer):
    return [variable for variable in trainer.optimizer.variables if variable.name.endswith("_momentum")]


def momentum_norm(trainer):
    return float(tf.linalg.global_norm([tf.convert_to_tensor(m) for m in momentums(trainer)]))


def gradient_norm(scalars):
    return float(np.sqrt(sum(float(scalars[f"gradient_norm/{part}"]) ** 2 for part in PARTS)))


def test_first_step_moves_every_parameter_up_the_surrogate_at_its_rate():
    trainer, x = make_trainer(), first_batch()
    z = samples(trainer, x)
    before, (value, gradients) = weights(trainer), surrogate_and_gradients(trainer, x, z)
    trainer.train_step(x)
    for name, rate in RATES.items():
        for old, new, g in zip(before[name], weights(trainer)[name], gradients[name], strict=True):
            # Adam's first step is rate · g / (|g| + ε'), ε' = 1e-8 / sqrt(1 − β_2) = 3e-7: the sign is that of ascent.
            np.testing.assert_allclose(new - old, rate * g / (tf.abs(g) + 3.2e-7), atol=2e-3 * rate)
    assert surrogate_and_gradients(trainer, x, z)[0] > value


def test_reported_scalars_are_those_of_the_step():
    trainer, x = make_trainer(), first_batch()
    z_posterior, z_prior = samples(trainer, x)
    terms = mle_terms(trainer.model, x, z_posterior, z_prior)
    _, gradients = surrogate_and_gradients(trainer, x, (z_posterior, z_prior))
    norms = {f"parameter_norm/{name}": tf.linalg.global_norm(values) for name, values in weights(trainer).items()}
    norms |= {f"gradient_norm/{name}": tf.linalg.global_norm(values) for name, values in gradients.items()}
    scalars = trainer.train_step(x)
    expected = {"surrogate": terms.surrogate, "log_likelihood": terms.log_likelihood, "mse": terms.squared_error}
    for i in (1, 2):
        expected[f"log_prior/{i}/posterior"] = terms.log_prior_posterior[i - 1]
        expected[f"log_prior/{i}/prior"] = terms.log_prior_prior[i - 1]
        expected[f"f/{i}/posterior"] = terms.f_posterior[i - 1]
        expected[f"f/{i}/prior"] = terms.f_prior[i - 1]
        expected[f"f/{i}/gap"] = terms.f_posterior[i - 1] - terms.f_prior[i - 1]
    _, scale = trainer.model.backbone.prior.conditional(0, z_posterior[1])
    expected |= {f"sigma/1/{kind}": getattr(np, kind)(scale, axis=1) for kind in ("min", "mean", "max")}
    expected = {name: tf.reduce_mean(value) for name, value in expected.items()} | norms
    assert set(scalars) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(scalars[name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_by_its_own_likelihood_a_backbone_learns_as_if_there_were_no_energies():
    """Its posterior chains then do not see f, and its prior climbs its own likelihood alone."""
    tilted, plain = (
        fit(make_trainer(model=model, rule=LearningRule()), 3)
        for model in (conv_model(), JointModel(conv_model().backbone, []))
    )
    for name, expected in weights(plain).items():
        for ours, theirs in zip(weights(tilted)[name], expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)
    for head, first in zip(tilted.model.energies, conv_model().energies, strict=True):
        assert all((a != b).any() for a, b in zip(head.get_weights()[:-1], first.get_weights()[:-1], strict=True))


def test_posterior_chains_climb_f_by_the_rule():
    trainer = make_trainer(rule=LearningRule(climb=LearningRate(0.6, decay=0.5)), length=TrainingLength(1, 9))
    x = first_batch()
    chain = PosteriorChain(num_steps=4, step_size=0.1, climb=0.6)
    terms = mle_terms(trainer.model, x, chain.sample(trainer.model, x, seeds.fold(trainer.step_seed(x), 0)), None)
    found = trainer.train_step(x)["log_likelihood"]
    np.testing.assert_allclose(found, tf.reduce_mean(terms.log_likelihood), rtol=1e-5)
    trainer.train_step(x)
    assert float(trainer.posterior_sampler.climb) == pytest.approx(0.3)


def test_the_finished_models_posterior_has_the_climb_of_its_last_step():
    """It is restored with the weights: a run that is loaded to be evaluated knows neither its step nor its epochs."""
    rule = LearningRule(climb=LearningRate(0.6, decay=0.5))
    trained, loaded = (make_trainer(rule=rule, length=TrainingLength(1, 9)) for _ in range(2))
    fit(trained, 3)
    for variable, saved in zip(loaded.state, trained.state, strict=True):
        variable.assign(saved)
    assert loaded.posterior_sampler.describe()["climb"] == pytest.approx(0.15)
    assert loaded.posterior_sampler.settled().climb == pytest.approx(0.15)


def test_a_climb_of_the_chains_own_is_refused():
    """The rule's would be taken in silence."""
    model = conv_model()
    chains = PosteriorChain(num_steps=1, climb=0.5), PriorChain(num_steps=1)
    with pytest.raises(ValueError, match=r"PosteriorChain.climb = 0.5: .* LearningRule.climb"):
        MLETrainer(model, grouped_adam(model, TrainingLength()), *chains)


def test_gap_of_f_is_posterior_minus_prior():
    scalars = fit(make_trainer(), 3).scalars.result()
    for i in (1, 2):
        gap = scalars[f"f/{i}/posterior"] - scalars[f"f/{i}/prior"]
        assert abs(gap) > 1e-4
        np.testing.assert_allclose(scalars[f"f/{i}/gap"], gap, rtol=1e-4, atol=1e-5)


def test_gradients_are_finite_and_reach_every_part():
    scalars = fit(make_trainer(), 5).scalars.result()
    assert all(np.isfinite(value) for value in scalars.values())
    assert all(scalars[f"gradient_norm/{part}"] > 0.0 for part in PARTS)


def test_training_raises_the_likelihood():
    trainer = make_trainer()
    start = float(fit(trainer, 1).scalars.result()["log_likelihood"])
    fit(trainer, 60)
    trainer.scalars.reset_state()
    # A mean over 64 pixels of σ = 0.3: 60 steps gain tens of nats, sampling moves it by a few.
    assert float(fit(trainer, 1).scalars.result()["log_likelihood"]) > start + 20.0


@pytest.mark.parametrize("clip_norm", [None, 0.25])
def test_one_and_two_replicas_agree(clip_norm):
    alone = fit(make_trainer(options=StepOptions(clip_norm=clip_norm)), 2)
    strategy = two_replicas()
    with strategy.scope():
        mirrored = make_trainer(options=StepOptions(clip_norm=clip_norm))
    fit(mirrored, 2, distributed_batches(digits(), BATCH, 0, 0, strategy))
    assert mirrored.step == alone.step == 2
    variables = zip(alone.optimizer.grouped_variables, mirrored.optimizer.grouped_variables, strict=True)
    for (a, b), momentum in zip(variables, momentums(alone), strict=True):
        learned = np.abs(momentum.numpy()) > 1e-7  # where the gradient is zero Adam makes steps of its rounding errors
        np.testing.assert_allclose(a.numpy()[learned], b.numpy()[learned], atol=1e-5)
    # Adam divides the gradient's size out of its steps; its momentum keeps it, so a sum in place of a mean shows here.
    for a, b in zip(momentums(alone), momentums(mirrored), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-3 * np.abs(a.numpy()).max())
    scalars = mirrored.scalars.result()
    for name, value in alone.scalars.result().items():
        np.testing.assert_allclose(scalars[name], value, rtol=1e-4, atol=1e-4, err_msg=name)


class _CountsTraces(MLETrainer):
    traces = 0

    def train_step(self, x):
        self.traces += 1
        return super().train_step(x)


def test_ten_steps_are_traced_once():
    plain = make_trainer()
    trainer = _CountsTraces(plain.model, plain.optimizer, plain.posterior_chain, plain.prior_sampler)
    fit(trainer, 10)
    assert (trainer.step, trainer.traces) == (10, 1)


def test_clipping_bounds_the_step_but_not_the_report():
    clip_norm, x = 0.25, first_batch()
    free, clipped = make_trainer(), make_trainer(options=StepOptions(clip_norm=clip_norm))
    scalars, clipped_scalars = free.train_step(x), clipped.train_step(x)
    assert gradient_norm(scalars) > 2 * clip_norm
    np.testing.assert_allclose(gradient_norm(clipped_scalars), gradient_norm(scalars), rtol=1e-5)
    # After one step the momentum is (1 − β_1) times the gradient that Adam was given.
    np.testing.assert_allclose(momentum_norm(free), 0.1 * gradient_norm(scalars), rtol=1e-4)
    np.testing.assert_allclose(momentum_norm(clipped), 0.1 * clip_norm, rtol=1e-4)


def test_small_gradients_are_not_clipped():
    x = first_batch()
    free, loose = make_trainer(), make_trainer(options=StepOptions(clip_norm=1e9))
    free.train_step(x)
    loose.train_step(x)
    np.testing.assert_allclose(momentum_norm(loose), momentum_norm(free), rtol=1e-6)


def test_runs_repeat_and_seeds_differ():
    first, again, other = (weights(fit(make_trainer(seed), 2))["generator"][0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_steps_and_chains_draw_noise_of_their_own():
    trainer, x = make_trainer(), first_batch()
    z_posterior, z_prior = samples(trainer, x)
    trainer.optimizer.iterations.assign(1)
    later, _ = samples(trainer, x)
    assert (z_posterior[0].numpy() != later[0].numpy()).all()
    assert (z_posterior[1].numpy() != z_prior[1].numpy()).all()


def test_spectral_norms_follow_the_kernels_through_training():
    base = conv_model()
    heads = [EnergyHead((5,), spectral_norm=True) for _ in base.dims]
    trainer = fit(make_trainer(model=JointModel(base.backbone, heads)), 10)
    for head in trainer.model.energies:
        for layer in head.stack.layers:
            assert float(layer.spectral_norm()) == pytest.approx(np.linalg.norm(layer.kernel.numpy(), 2), rel=1e-3)
