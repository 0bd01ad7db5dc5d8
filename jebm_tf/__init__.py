"""jebm_tf: joint latent-space energy-based priors for multi-layer generators, in TensorFlow and Keras.

The method is that of Cui, Wu and Han, "Learning Joint Latent Space EBM Prior Model for Multi-layer Generator" (CVPR
2023); equation numbers in this package are the paper's.

`import jebm_tf as jebm` gives the names below, each imported when it is first used: TensorFlow takes seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; a test holds this list against the one below
    from jebm_tf.chains.inference import InferenceSampler
    from jebm_tf.chains.posterior import PosteriorChain
    from jebm_tf.chains.prior import PriorChain
    from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
    from jebm_tf.cli.loading import load_run
    from jebm_tf.data.images import ImageSet
    from jebm_tf.data.load import load_images
    from jebm_tf.data.pipeline import batches, steps_per_epoch
    from jebm_tf.errors import UserError
    from jebm_tf.evaluation.context import EvaluationContext
    from jebm_tf.evaluation.result import Picture, Result
    from jebm_tf.models.backbones.backbone import Backbone
    from jebm_tf.models.backbones.biva.backbone import BIVA
    from jebm_tf.models.backbones.nvae.backbone import NVAE
    from jebm_tf.models.backbones.shallow import ShallowBackbone
    from jebm_tf.models.energy import ConvEnergyHead, EnergyHead, NegativeEnergy
    from jebm_tf.models.generator import Generator
    from jebm_tf.models.inference import BottomUpInference, Inference, Inferred
    from jebm_tf.models.joint import JointModel
    from jebm_tf.models.likelihood import (
        BernoulliLikelihood,
        GaussianLikelihood,
        Likelihood,
        PixelwiseGaussianLikelihood,
    )
    from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
    from jebm_tf.models.prior import GaussianPrior
    from jebm_tf.models.shallow_model import shallow_model
    from jebm_tf.models.tilting import Tilting
    from jebm_tf.registry import register
    from jebm_tf.seeds import root_seed
    from jebm_tf.trained_run import TrainedRun
    from jebm_tf.trainers.adamax import adamax
    from jebm_tf.trainers.base import Trainer
    from jebm_tf.trainers.ebm import EBMTrainer
    from jebm_tf.trainers.elbo import ELBOTrainer
    from jebm_tf.trainers.kl_schedule import KLSchedule
    from jebm_tf.trainers.learning_rate import CosineRate, LearningRate
    from jebm_tf.trainers.length import TrainingLength
    from jebm_tf.trainers.mle import MLETrainer
    from jebm_tf.trainers.optimizer import grouped_adam
    from jebm_tf.trainers.options import StepOptions
    from jebm_tf.trainers.rule import LearningRule
    from jebm_tf.trainers.run import Run
    from jebm_tf.trainers.variational import VariationalTrainer

__version__ = "0.1.0"

_MODULES = {
    "InferenceSampler": "chains.inference",
    "PosteriorChain": "chains.posterior",
    "PriorChain": "chains.prior",
    "PosteriorSampler": "chains.sampler",
    "PriorSampler": "chains.sampler",
    "load_run": "cli.loading",
    "ImageSet": "data.images",
    "load_images": "data.load",
    "batches": "data.pipeline",
    "steps_per_epoch": "data.pipeline",
    "UserError": "errors",
    "EvaluationContext": "evaluation.context",
    "Picture": "evaluation.result",
    "Result": "evaluation.result",
    "Backbone": "models.backbones.backbone",
    "BIVA": "models.backbones.biva.backbone",
    "NVAE": "models.backbones.nvae.backbone",
    "ShallowBackbone": "models.backbones.shallow",
    "ConvEnergyHead": "models.energy",
    "NegativeEnergy": "models.energy",
    "EnergyHead": "models.energy",
    "Generator": "models.generator",
    "BottomUpInference": "models.inference",
    "Inference": "models.inference",
    "Inferred": "models.inference",
    "JointModel": "models.joint",
    "BernoulliLikelihood": "models.likelihood",
    "GaussianLikelihood": "models.likelihood",
    "Likelihood": "models.likelihood",
    "PixelwiseGaussianLikelihood": "models.likelihood",
    "LogisticMixtureLikelihood": "models.logistic_mixture",
    "GaussianPrior": "models.prior",
    "shallow_model": "models.shallow_model",
    "Tilting": "models.tilting",
    "register": "registry",
    "root_seed": "seeds",
    "TrainedRun": "trained_run",
    "adamax": "trainers.adamax",
    "Trainer": "trainers.base",
    "EBMTrainer": "trainers.ebm",
    "ELBOTrainer": "trainers.elbo",
    "KLSchedule": "trainers.kl_schedule",
    "CosineRate": "trainers.learning_rate",
    "LearningRate": "trainers.learning_rate",
    "TrainingLength": "trainers.length",
    "MLETrainer": "trainers.mle",
    "grouped_adam": "trainers.optimizer",
    "StepOptions": "trainers.options",
    "LearningRule": "trainers.rule",
    "Run": "trainers.run",
    "VariationalTrainer": "trainers.variational",
}
__all__ = [*_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    """Imports the module that a name lies in (PEP 562).

    Raises:
      AttributeError: there is no such name.
      ImportError: Keras has other settings than this library needs.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    surroundings = import_module(f"{__name__}.surroundings")
    surroundings.choose_backend()
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    surroundings.check()
    globals()[name] = value  # so that the next use finds it at once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
