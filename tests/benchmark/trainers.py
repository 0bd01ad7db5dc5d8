"""Trainers small enough that a benchmark of them takes no time."""

from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.rule import LearningRule
from jebm_tf.trainers.variational import VariationalTrainer
from tests.small_models import conv_model, inferring_model

_SHORT = PriorChain(num_steps=3)


def mle_trainer(rule=LearningRule(), prior_chain=_SHORT):
    model = conv_model()
    optimizer = grouped_adam(model, TrainingLength())
    return MLETrainer(model, optimizer, PosteriorChain(num_steps=2), prior_chain, rule)


def variational_trainer(rule=LearningRule()):
    model = inferring_model()
    return VariationalTrainer(model, grouped_adam(model, TrainingLength()), PriorChain(num_steps=3), rule=rule)
