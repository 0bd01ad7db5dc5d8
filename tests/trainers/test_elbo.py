"""The first stage: what it climbs, what it leaves alone, and that it learns."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.data import digits
from jebm_tf.data.pipeline import distributed_batches
from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.energy import ConvEnergyHead
from jebm_tf.models.joint import JointModel
from jebm_tf.models.likelihood import GaussianLikelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from jebm_tf.models.spectral_penalty import SpectralPenalty
from jebm_tf.objectives.elbo import ElboTerms, balance
from jebm_tf.trainers.adamax import adamax
from jebm_tf.trainers.elbo import ELBOTrainer, SpectralSchedule, bits_per_dimension
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.learning_rate import CosineRate
from jebm_tf.trainers.length import TrainingLength
from tests.models.backbones.nvae.test_backbone import nvae
from tests.replicas import two_replicas
from tests.small_models import dense_model
from tests.training import train_on_digits


def make_trainer(**settings):
    model = JointModel(nvae(channels=2, groups=(1, 1)), [])
    rate = CosineRate(1e-3, 1e-3, 0, 1)
    return ELBOTrainer(model, adamax(model, TrainingLength(10), rate=rate, l2=0.0), seed=3, **settings)


def fit(trainer, steps):
    return {name: float(value) for name, value in train_on_digits(trainer, steps).scalars.result().items()}


def terms(*kl):
    return ElboTerms(tf.constant([3.0, 5.0]), tf.zeros([2]), tuple(tf.constant([k, k + 2.0]) for k in kl))


def test_learns_and_moves_every_part_and_the_norms_statistics():
    trainer = make_trainer()
    before = [v.numpy() for v in trainer.model.backbone.variables]
    first = fit(trainer, 1)["elbo"]
    trainer.scalars.reset_state()
    last = fit(trainer, 20)
    assert last["elbo"] > first
    assert all(np.isfinite(value) for value in last.values())
    assert last["gradient_norm/generator"] > 0.0
    assert last["gradient_norm/inference"] > 0.0
    moved = [np.any(v.numpy() != old) for v, old in zip(trainer.model.backbone.variables, before, strict=True)]
    assert np.mean(moved) > 0.95


def test_norms_of_parameters_leave_out_what_batch_norms_remember():
    trainer = make_trainer()
    for part in trainer.model.parts.values():
        for weight in part.weights:
            if weight.path.endswith(("moving_mean", "moving_variance")):
                weight.assign(1e3 * tf.ones_like(weight))
    expected = {
        name: float(tf.linalg.global_norm([tf.convert_to_tensor(v) for v in part.trainable_weights]))
        for name, part in trainer.model.parts.items()
    }
    found = fit(trainer, 1)
    for name, norm in expected.items():
        assert found[f"parameter_norm/{name}"] == pytest.approx(norm, rel=1e-5)


@pytest.mark.slow
def test_one_and_two_replicas_agree():
    """Batch norms, singular vectors and balancing see the global batch."""
    settings = {"spectral": SpectralSchedule(weight=0.1), "balanced": True, "kl": KLSchedule(warm_up_steps=5)}
    strategy = two_replicas()
    keras.utils.set_random_seed(1)
    alone = make_trainer(**settings)
    found = [fit(alone, 2)]
    with strategy.scope():
        keras.utils.set_random_seed(1)
        mirrored = make_trainer(**settings)
    data = distributed_batches(digits.load("train"), 20, 0, 0, strategy)
    mirrored.fit(data, steps_per_epoch=2, verbose=0, shuffle=False)
    found.append({name: float(value) for name, value in mirrored.scalars.result().items()})
    for name, value in found[0].items():
        assert found[1][name] == pytest.approx(value, rel=1e-3, abs=1e-3), name
    states = [[*t.state, *t.model.backbone.non_trainable_variables] for t in (alone, mirrored)]
    assert len(states[0]) > 10
    for one, other in zip(*states, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("likelihood", "nats", "bits"),
    [(LogisticMixtureLikelihood(2), -64.0 * np.log(256.0), 8.0), (GaussianLikelihood(0.5), -64.0 * np.log(2.0), 7.99)],
)
def test_bits_per_dimension_by_hand(likelihood, nats, bits):
    """One of 256 equally probable levels, and a uniform density on [−1, 1], where levels are 2 / 255 wide."""
    backbone = NVAE((8, 8, 1), 2, (1, 1), 2, likelihood=likelihood)
    assert float(bits_per_dimension(tf.constant(nats), backbone)) == pytest.approx(bits, abs=5e-3)


def test_the_bound_is_reported_in_bits():
    trainer = make_trainer()
    found = fit(trainer, 1)
    expected = float(bits_per_dimension(tf.constant(found["elbo"]), trainer.model.backbone))
    assert found["bits_per_dimension"] == pytest.approx(expected, rel=1e-5)


def test_objective_weighs_the_divergence_by_its_warmth():
    trainer = make_trainer(kl=KLSchedule(warm_up_steps=4))
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(4.0)
    trainer.optimizer.iterations.assign(1)
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(4.0 - 0.25 * (5.0 + 10.0))
    trainer.optimizer.iterations.assign(40)
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(4.0 - 15.0)


def test_balancing_ends_with_the_warm_up():
    trainer = make_trainer(kl=KLSchedule(warm_up_steps=4), balanced=True)
    trainer.optimizer.iterations.assign(2)
    weights = balance(tf.constant([5.0, 10.0]), trainer.model.backbone.latent_shapes)
    expected = 4.0 - 0.5 * float(tf.reduce_sum(weights * [5.0, 10.0]))
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(expected)
    trainer.optimizer.iterations.assign(4)
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(4.0 - 15.0)


def test_free_bits_let_small_divergences_be():
    trainer = make_trainer(kl=KLSchedule(free_bits=6.0))
    assert float(trainer.objective(terms(4.0, 9.0))) == pytest.approx(4.0 - 10.0)


def test_spectral_penalty_is_part_of_what_is_climbed_and_of_what_is_saved():
    heavy = make_trainer(spectral=SpectralSchedule(weight=10.0))
    vectors = [v.numpy() for v in heavy.state]
    assert sum(len(v) for v in vectors) == len(heavy.model.backbone.spectral_layers()[0])
    first = fit(heavy, 1)["spectral_penalty"]
    heavy.scalars.reset_state()
    fit(heavy, 19)
    kernels = [conv.matrix().numpy() for conv in heavy.model.backbone.spectral_layers()[0]]
    gammas = [np.abs(norm.gamma.numpy()).max() for norm in heavy.model.backbone.spectral_layers()[1]]
    assert sum(np.linalg.svd(k)[1][0] for k in kernels) + sum(gammas) < first
    for variable, old in zip(heavy.state, vectors, strict=True):
        assert old.shape[1] == 1 or np.abs(variable.numpy() - old).max() > 1e-3  # of one row, ±1 is all there is


def test_spectral_weight_goes_to_its_end_on_a_logarithmic_scale():
    schedule = SpectralSchedule(weight=0.01, first_weight=1.0)
    found = [float(schedule.at(tf.constant(warmth))) for warmth in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(found, [1.0, 0.1, 0.01], rtol=1e-5)
    assert float(SpectralSchedule(weight=0.3).at(tf.constant(0.2))) == pytest.approx(0.3)
    with pytest.raises(ValueError, match=r"SpectralSchedule.weight = 0.0, .first_weight = 1.0"):
        SpectralSchedule(first_weight=1.0)


def test_what_it_cannot_learn_is_named():
    model = JointModel(nvae(), ConvEnergyHead)
    with pytest.raises(ValueError, match="ELBOTrainer learns a backbone alone"):
        ELBOTrainer(model, adamax(model, TrainingLength(10)))
    plain = JointModel(dense_model((3, 2)).backbone, [])
    with pytest.raises(ValueError, match=r"ELBOTrainer needs ShallowBackbone.inference"):
        ELBOTrainer(plain, adamax(plain, TrainingLength(10)))


def test_a_backbone_without_such_layers_has_no_spectral_penalty():
    with pytest.raises(ValueError, match="this backbone has no layers for a spectral penalty; set 0"):
        SpectralPenalty(*dense_model((3, 2)).backbone.spectral_layers())
    assert all(nvae().spectral_layers())
