"""Hands the library's names to gin. Only this module and `jebm_tf.cli` know gin."""

import inspect
from collections.abc import Callable
from typing import Any

import gin
from jebm_tf.baselines.autoencoder.backbone import AutoencoderBackbone
from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from jebm_tf.baselines.autoencoder.trainer import AutoencoderTrainer, Regularizer
from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.baselines.ladder import LadderInference
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.baselines.ncp_vae.trainer import ContrastiveTrainer
from jebm_tf.baselines.two_stage_vae.trainer import TwoStageVAETrainer
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.batch_norm import recalibrate_batch_norm
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.data.load import load_images
from jebm_tf.evaluation.features.inception import inception
from jebm_tf.evaluation.tasks import TASKS
from jebm_tf.models.backbones.biva.backbone import BIVA
from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.energy import ConvEnergyHead, EnergyHead
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import BottomUpInference
from jebm_tf.models.joint import JointModel
from jebm_tf.models.likelihood import BernoulliLikelihood, GaussianLikelihood, PixelwiseGaussianLikelihood
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.trainers.adamax import adamax
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.elbo import ELBOTrainer, SpectralSchedule
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.learning_rate import CosineRate, LearningRate
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.run import Run
from jebm_tf.trainers.variational import VariationalTrainer

_CONFIGURABLES = (
    AutoencoderBackbone,
    AutoencoderTrainer,
    BIVA,
    BernoulliLikelihood,
    BottomUpInference,
    ChainBank,
    ConditionalTilting,
    ContrastiveTrainer,
    ConvEnergyHead,
    CosineRate,
    EBMTrainer,
    ELBOTrainer,
    Encoder,
    EnergyHead,
    GaussianLikelihood,
    GaussianPrior,
    Generator,
    ImportanceResampler,
    JointModel,
    KLSchedule,
    LadderInference,
    LearningRate,
    LogisticMixtureLikelihood,
    MLETrainer,
    MixturePrior,
    NVAE,
    PixelwiseGaussianLikelihood,
    PosteriorChain,
    PriorChain,
    Regularizer,
    Run,
    ShallowBackbone,
    SpectralSchedule,
    StepOptions,
    TwoStageVAETrainer,
    VariationalTrainer,
    adamax,
    grouped_adam,
    inception,
    load_images,
    recalibrate_batch_norm,
    *(task.ask for task in TASKS.values()),
)
_GIVEN = ("subject", "model")  # what a task is asked about comes from the command, not from settings


def parameters(configurable: Callable) -> list[str]:
    """The parameters that a gin file may set: the named ones, without what Keras takes by keyword."""
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    found = inspect.signature(configurable).parameters.items()
    return [name for name, p in found if p.kind not in kinds and name not in _GIVEN]


def configurables() -> dict[str, Callable]:
    """Everything that a gin file may name."""
    return {item.__name__: item for item in _CONFIGURABLES}


def build(name: str, *given: Any, **arguments: Any) -> Any:
    """Calls what is registered as `name` with gin's values for the parameters that the arguments leave open."""
    return gin.get_configurable(name)(*given, **arguments)


def _register(item: Callable) -> None:
    """Registers `item` so that a misspelt parameter is an error where a Keras constructor would take any keyword."""
    names = parameters(item)
    if names:
        gin.external_configurable(item, module="jebm_tf", allowlist=names)
        return

    def without_settings(*subject):  # gin takes an empty allowlist for none at all
        return item(*subject)

    gin.external_configurable(without_settings, name=item.__name__, module="jebm_tf")


for _item in _CONFIGURABLES:
    _register(_item)
