"""Proves variational learning: each part climbs its own objective, options do what they say, a known prior is found."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.baselines.ladder import LadderInference
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.energy import EnergyHead
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model
from jebm_tf.models.tilting import Tilting
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.rule import LearningRule
from jebm_tf.trainers.variational import VariationalTrainer
from tests.small_models import DenseGenerator, conv_model, inferring_model, set_dense
from tests.training import first_batch, train_on_digits

EXACT = LearningRule(climb=1.0, prior_negative_phase=True)
RATES = {"generator": 1e-3, "prior": 2e-3, "f_1": 3e-3, "f_2": 3e-3, "inference": 4e-3}


def make_trainer(model=None, rule=EXACT, **arguments):
    model = model or inferring_model()
    rates = {"generator": LearningRate(1e-3), "prior": LearningRate(2e-3), "energy": LearningRate(3e-3)}
    optimizer = grouped_adam(model, TrainingLength(100), **rates, inference=LearningRate(4e-3))
    return VariationalTrainer(model, optimizer, PriorChain(num_steps=3), rule=rule, **arguments)


def with_ladder(model):
    """The same with top-down inference, which shares the prior's conditionals; the same at every call."""
    keras.utils.set_random_seed(2)
    ladder = LadderInference([(5, 4, 2, "same")], width=6, hidden=(6,))
    backbone = model.backbone
    return shallow_model(backbone.generator, backbone.prior, model.energies, inference=ladder, tilting=model.tilting)


def negatives(trainer, x):
    """z− of the step that the trainer is about to take."""
    seed = trainer.step_seed(x)
    z_posterior = trainer.posterior_sampler.sample(trainer.model, x, seeds.fold(seed, 0))
    return trainer.negative_sampler.negative_samples(trainer.model, z_posterior, seeds.fold(seed, 1))


def step_terms(trainer, x, z_prior):
    """The terms of that step; a tape around this sees how z+ is inferred."""
    inferred = trainer.posterior_sampler.infer(trainer.model, x, seeds.fold(trainer.step_seed(x), 0))
    return variational_terms(trainer.model, x, inferred, z_prior)


def first_terms(trainer, x):
    """What the first step computes, and the tape that recorded it."""
    z_prior = negatives(trainer, x)
    with tf.GradientTape(persistent=True) as tape:
        terms = step_terms(trainer, x, z_prior)
        learning = tf.reduce_mean(terms.learning.surrogate)
        inference = tf.reduce_mean(terms.elbo + terms.expected_f)
    return terms, learning, inference, tape


def assert_first_step(trainer, gradients):
    """Takes one step and asserts that every parameter moved up its gradient by its part's rate."""
    parts = trainer.model.parts
    before = {name: part.get_weights() for name, part in parts.items()}
    train_on_digits(trainer, 1)
    for name, part in parts.items():
        for old, new, gradient in zip(before[name], part.get_weights(), gradients[name], strict=True):
            clear = np.abs(gradient) > 1e-4  # far above Adam's epsilon and float32 rounding
            np.testing.assert_allclose((new - old)[clear], RATES[name] * np.sign(gradient)[clear], rtol=2e-2)


def test_first_step_takes_each_part_up_its_own_objective():
    """Adam's first step is the gradient's sign times the rate: it tells the two objectives apart, and their signs."""
    trainer, x = make_trainer(), first_batch()
    _, learning, inference, tape = first_terms(trainer, x)
    parts = trainer.model.parts
    objectives = dict.fromkeys(parts, learning) | {"inference": inference}
    assert_first_step(
        trainer, {name: tape.gradient(objectives[name], parts[name].trainable_variables) for name in parts}
    )


def test_reported_scalars_are_those_of_the_step():
    trainer, x = make_trainer(), first_batch()
    terms, learning, *_ = first_terms(trainer, x)
    train_on_digits(trainer, 1)
    found = {name: float(value) for name, value in trainer.scalars.result().items()}
    assert found["elbo"] == pytest.approx(float(tf.reduce_mean(terms.elbo)), rel=1e-4)
    assert found["surrogate"] == pytest.approx(float(learning), rel=1e-4)
    for i, kl in enumerate(terms.kl, start=1):
        assert found[f"kl/{i}"] == pytest.approx(float(tf.reduce_mean(kl)), rel=1e-3)
    assert found["sigma/1/min"] <= found["sigma/1/mean"] <= found["sigma/1/max"]
    assert found["kl_weight"] == 1.0


def test_warm_up_starts_without_any_pull_of_the_prior_and_leaves_the_model_s_objective_alone():
    trainer, x = make_trainer(kl=KLSchedule(warm_up_steps=10)), first_batch()
    terms, *_ = first_terms(trainer, x)
    reconstruction = tf.reduce_mean(terms.learning.log_likelihood)
    assert float(trainer._inference_objective(terms)) == pytest.approx(float(reconstruction))
    assert [float(KLSchedule(10).weight(tf.constant(step))) for step in (0, 5, 10, 25)] == [0.0, 0.5, 1.0, 1.0]
    warm, plain = train_on_digits(trainer, 1), train_on_digits(make_trainer(), 1)
    for name, part in warm.model.parts.items():
        same = all(map(np.array_equal, part.get_weights(), plain.model.parts[name].get_weights()))
        assert same == (name != "inference")


def test_a_model_without_an_inference_network_is_refused():
    model = conv_model()
    with pytest.raises(ValueError, match=r"needs ShallowBackbone.inference"):
        VariationalTrainer(model, grouped_adam(model, TrainingLength(1)), PriorChain())


def test_without_energies_every_part_climbs_the_elbo():
    """The variational auto-encoder, on the step's own noise."""
    trainer, x = make_trainer(inferring_model(energies=False)), first_batch()
    terms, _, inference, tape = first_terms(trainer, x)
    assert float(inference) == pytest.approx(float(tf.reduce_mean(terms.elbo)))
    assert_first_step(
        trainer,
        {name: tape.gradient(inference, part.trainable_variables) for name, part in trainer.model.parts.items()},
    )


@pytest.mark.parametrize("tilting", [None, Tilting(), ConditionalTilting()])
def test_with_a_ladder_every_part_climbs_one_bound_and_the_prior_through_q_too(tilting):
    x = first_batch()
    model = with_ladder(inferring_model(energies=tilting is not None, tilting=tilting))
    trainer = make_trainer(model, options=StepOptions(energy_penalty=0.1))
    z_prior = negatives(trainer, x)
    with tf.GradientTape(persistent=True) as tape:
        terms = step_terms(trainer, x, z_prior)
        whole = tf.reduce_mean(terms.elbo + terms.expected_f - terms.learning.log_normalizer)
        heads = whole - 0.1 * tf.reduce_mean(terms.learning.energy_magnitude)
    gradients = {
        name: tape.gradient(heads if name.startswith("f_") else whole, part.trainable_variables)
        for name, part in model.parts.items()
    }
    assert_first_step(trainer, gradients)


def test_rule_weighs_q_s_climb_and_takes_the_negative_phase_from_the_prior_alone():
    trainer, x = make_trainer(rule=LearningRule(climb=0.3, prior_negative_phase=False)), first_batch()
    z_prior = negatives(trainer, x)
    with tf.GradientTape(persistent=True) as tape:
        terms = step_terms(trainer, x, z_prior)
        learning = tf.reduce_mean(terms.learning.surrogate)
        objectives = dict.fromkeys(trainer.model.parts, learning)
        objectives["prior"] = tf.reduce_mean(tf.add_n(terms.learning.log_prior_posterior))
        objectives["inference"] = tf.reduce_mean(terms.elbo + 0.3 * terms.expected_f)
    parts = trainer.model.parts
    gradients = {name: tape.gradient(objectives[name], part.trainable_variables) for name, part in parts.items()}
    exact = tape.gradient(learning, parts["prior"].trainable_variables)
    assert any((np.sign(a) != np.sign(b)).any() for a, b in zip(gradients["prior"], exact, strict=True))
    assert_first_step(trainer, gradients)


@pytest.mark.parametrize("ladder", [False, True])
def test_by_its_bound_a_backbone_learns_as_if_there_were_no_energies(ladder):
    """And yet these learn: what is taken away is only what they do to it."""
    tilted, plain = (
        train_on_digits(make_trainer(with_ladder(model) if ladder else model, rule=LearningRule()), 3)
        for model in (inferring_model(), inferring_model(energies=False))
    )
    for name, part in plain.model.parts.items():
        for ours, theirs in zip(tilted.model.parts[name].get_weights(), part.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
    for head, first in zip(tilted.model.energies, inferring_model().energies, strict=True):
        assert all((a != b).any() for a, b in zip(head.get_weights()[:-1], first.get_weights()[:-1], strict=True))


def test_the_climb_follows_its_schedule():
    trainer = make_trainer(rule=LearningRule(climb=LearningRate(0.8, decay=0.5)), length=TrainingLength(2))
    x = first_batch()
    terms, *_ = first_terms(trainer, x)
    found = []
    for step in (0, 1, 2, 4):
        trainer.optimizer.iterations.assign(step)
        climbed = trainer._inference_objective(terms) - tf.reduce_mean(terms.elbo)
        found.append(float(climbed / tf.reduce_mean(terms.expected_f)))
    np.testing.assert_allclose(found, [0.8, 0.8, 0.4, 0.2], rtol=1e-3)


def test_diagnostics_tell_f_s_pull_at_q_from_that_of_the_bound():
    trainer, x, seed = make_trainer(), first_batch(), seeds.root_seed(3)
    found = trainer.diagnostics(x, seed)
    variables = trainer.model.parts["inference"].trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        inferred = trainer.posterior_sampler.infer(trainer.model, x, seed)
        f = tf.reduce_mean(trainer.model.f(inferred.z))
        backbone = trainer.model.log_likelihood(x, inferred.z) + trainer.model.log_gaussian_prior(inferred.z)
        bound = tf.reduce_mean(backbone - tf.add_n(inferred.log_prob_terms))
    for name, value in (("f", f), ("bound", bound)):
        norm = float(tf.linalg.global_norm(tape.gradient(value, variables)))
        # The KL of the top layer is in closed form there and by sample here: its gradient's noise is left.
        assert float(found[f"inference_pull/{name}"]) == pytest.approx(norm, rel=1e-4 if name == "f" else 0.1)
    assert make_trainer(inferring_model(energies=False)).diagnostics(x, seed) == {}


def test_a_ladder_that_is_tilted_conditionally_learns_by_the_exact_rule_only():
    model = with_ladder(inferring_model(tilting=ConditionalTilting()))
    with pytest.raises(ValueError, match=r"LearningRule: with ConditionalTilting a ladder"):
        make_trainer(model, rule=LearningRule(climb=0.0))
    assert make_trainer(model)


def test_the_schedule_is_of_the_run_s_length():
    assert make_trainer(kl=KLSchedule(warm_up_share=0.5), length=TrainingLength(10, 200)).kl.warm_up_steps == 100


def test_free_bits_take_a_layer_out_of_the_divergence():
    trainer, x = make_trainer(), first_batch()
    terms, *_ = first_terms(trainer, x)
    means = [float(tf.reduce_mean(kl)) for kl in terms.kl]
    without = float(trainer._inference_objective(terms))
    trainer.kl = KLSchedule(free_bits=sum(means) / 2)
    assert float(trainer._inference_objective(terms)) - without == pytest.approx(min(means), rel=1e-3)


def test_free_bits_are_refused_where_they_would_reach_the_prior_s_learning():
    kl = KLSchedule(free_bits=1.0)
    with pytest.raises(ValueError, match=r"KLSchedule.free_bits: a ladder shares"):
        make_trainer(with_ladder(inferring_model()), kl=kl)
    assert make_trainer(with_ladder(inferring_model(energies=False)), kl=kl)


def test_conditional_tilting_s_inference_network_sees_the_normalising_constants():
    model, x = inferring_model(tilting=ConditionalTilting()), first_batch()
    trainer = make_trainer(model)
    z_prior = negatives(trainer, x)
    with tf.GradientTape(persistent=True) as tape:
        terms = step_terms(trainer, x, z_prior)
        learning = tf.reduce_mean(terms.learning.surrogate)
        inference = tf.reduce_mean(terms.elbo + terms.expected_f - terms.learning.log_normalizer)
    objectives = dict.fromkeys(model.parts, learning) | {"inference": inference}
    gradients = {name: tape.gradient(objectives[name], part.trainable_variables) for name, part in model.parts.items()}
    assert_first_step(trainer, gradients)


def known_prior():
    """A grid and the density on it of a skewed prior, exp f(z) N(z; 0, 1) with f = 1.5 tanh(2 z) + 0.5 sin(2 z)."""
    z = np.linspace(-5.0, 5.0, 2001)
    density = np.exp(1.5 * np.tanh(2.0 * z) + 0.5 * np.sin(2.0 * z) - 0.5 * z**2)
    return z, density / density.sum()


@pytest.mark.parametrize("rule", [EXACT, LearningRule()])
def test_a_known_tilted_prior_is_recovered(rule):
    """x is z with a little noise and g the identity: the learned exp f(z) N(z) must be the density that z came from.

    The chain is long enough to forget its start (K δ²/2 is 4.7 relaxation times of N(0, 1)) and δ small enough for
    its bias. Total variation is measured on a grid, normalised by summation.
    """
    keras.utils.set_random_seed(0)
    generator, heads = DenseGenerator(1, 1), [EnergyHead((16, 16), activation="tanh")]
    inference = BottomUpInference([(16, 1, 1, "same")])
    model = shallow_model(
        generator, GaussianPrior((1,)), heads, likelihood=GaussianLikelihood(0.1), inference=inference
    )
    set_dense(generator.stack, [[1.0]], [0.0])
    rates = {"generator": LearningRate(0.0), "energy": LearningRate(3e-3, decay=0.97), "inference": LearningRate(3e-3)}
    optimizer = grouped_adam(model, TrainingLength(10), **rates)
    trainer = VariationalTrainer(model, optimizer, PriorChain(num_steps=150, step_size=0.25), rule=rule)
    z, density = known_prior()
    rng = np.random.default_rng(0)
    drawn = rng.choice(z, size=(800, 200), p=density) + 0.1 * rng.standard_normal((800, 200))
    data = tf.data.Dataset.from_tensor_slices(np.float32(drawn[..., None, None, None]))
    trainer.fit(data, shuffle=False, verbose=0)
    log_learned = model.log_prior((tf.constant(z[:, None], tf.float32),)).numpy()
    learned = np.exp(log_learned - log_learned.max())
    learned /= learned.sum()
    untilted = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    assert 0.5 * np.abs(untilted - density).sum() > 0.3
    assert 0.5 * np.abs(learned - density).sum() < 0.05
