"""Proves regularised autoencoders: what is climbed, both regularizers, and a prior fitted to the codes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.trainer import AutoencoderTrainer, Regularizer
from jebm_tf.data import digits
from jebm_tf.data.pipeline import subsample
from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import grouped_adam
from tests.baselines.autoencoder.models import autoencoder
from tests.small_models import conv_model
from tests.training import first_batch, train_on_digits


def make_trainer(**regularizer):
    keras.utils.set_random_seed(1)
    model = autoencoder()
    rates = {"generator": LearningRate(1e-3), "inference": LearningRate(1e-3)}
    return AutoencoderTrainer(model, grouped_adam(model, TrainingLength(100), **rates), Regularizer(**regularizer))


def fit(trainer, steps):
    return train_on_digits(trainer, steps).scalars.means()


def test_the_objective_is_put_together_from_the_reported_terms():
    found = fit(make_trainer(code=0.7, weight=0.01), 1)
    expected = found["log_likelihood"] - 0.7 * found["code"] - 0.01 * found["decoder"]
    assert found["objective"] == pytest.approx(expected, rel=1e-5)
    weights = make_trainer().model.backbone.generator.get_weights()
    assert found["decoder"] == pytest.approx(0.5 * sum(np.sum(w**2) for w in weights), rel=1e-5)


def test_the_code_s_weight_draws_codes_together():
    x = first_batch(50)
    sizes = []
    for weight in (0.0, 100.0):
        trainer = make_trainer(code=weight)
        fit(trainer, 100)
        sizes.append(float(tf.norm(trainer.model.backbone.encode(x)[0])))
    assert sizes[1] < 0.5 * sizes[0]


@pytest.mark.parametrize("decoder", ["l2", "gradient"])
def test_the_decoder_s_weight_makes_its_term_smaller(decoder):
    ends = []
    for weight in (0.0, 100.0):
        trainer = make_trainer(decoder=decoder, weight=weight)
        fit(trainer, 99)
        trainer.scalars.reset_state()
        ends.append(fit(trainer, 1)["decoder"])
    assert ends[1] < 0.9 * ends[0]


def test_learning_leaves_the_prior_alone_and_the_fit_follows_the_codes():
    trainer, images = make_trainer(), digits.load("train")
    before = trainer.model.backbone.prior.get_weights()
    fit(trainer, 30)
    assert all(map(np.array_equal, before, trainer.model.backbone.prior.get_weights()))
    trainer.fit_prior(subsample(images, 100, 1000))
    codes = np.concatenate([trainer.model.backbone.encode(x)[0] for x in subsample(images, 100, 1000)])
    z, _ = trainer.prior_sampler.sample_with_trace(trainer.model, 20000, seeds.root_seed(2))
    np.testing.assert_allclose(np.mean(z[0], axis=0), codes.mean(axis=0), atol=0.1 * codes.std())
    np.testing.assert_allclose(np.cov(z[0].numpy().T), np.cov(codes.T), atol=0.1 * codes.var())


@pytest.mark.parametrize("arguments", [{"code": -1.0}, {"weight": -1.0}, {"decoder": "l1"}])
def test_impossible_settings_are_named(arguments):
    with pytest.raises(ValueError, match=rf"Regularizer.{next(iter(arguments))} = "):
        Regularizer(**arguments)


def test_other_models_are_refused():
    model = conv_model()
    with pytest.raises(ValueError, match=r"AutoencoderTrainer needs JointModel.backbone = @AutoencoderBackbone"):
        AutoencoderTrainer(model, grouped_adam(model, TrainingLength(1)))
