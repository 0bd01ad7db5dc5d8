"""The parts that come with the library, registered for gin files when this module is imported."""

from collections.abc import Callable

from jebm_tf.baselines.autoencoder.backbone import AutoencoderBackbone
from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from jebm_tf.baselines.autoencoder.trainer import AutoencoderTrainer, Regularizer
from jebm_tf.baselines.conditional.tilting import ConditionalTilting
from jebm_tf.baselines.ladder import LadderInference
from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.baselines.ncp_vae.trainer import ContrastiveTrainer
from jebm_tf.baselines.two_stage_vae.trainer import TwoStageVAETrainer
from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.batch_norm import recalibrate_batch_norm
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.data.joined_split import JoinedSplit
from jebm_tf.data.load import load_images
from jebm_tf.evaluation.features.inception import inception
from jebm_tf.evaluation.tasks import SHIPPED
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
from jebm_tf.registry import register
from jebm_tf.trainers.adamax import adamax
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.elbo import ELBOTrainer, SpectralSchedule
from jebm_tf.trainers.kl_schedule import KLSchedule
from jebm_tf.trainers.learning_rate import CosineRate, LearningRate
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.rule import LearningRule
from jebm_tf.trainers.run import Run
from jebm_tf.trainers.variational import VariationalTrainer

_PARTS: tuple[Callable, ...] = (
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
    JoinedSplit,
    JointModel,
    KLSchedule,
    LadderInference,
    LearningRate,
    LearningRule,
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
    StepAdaptation,
    StepOptions,
    TwoStageVAETrainer,
    VariationalTrainer,
    adamax,
    grouped_adam,
    inception,
    load_images,
    recalibrate_batch_norm,
    *(task.run for task in SHIPPED),
)

for _part in _PARTS:
    register(_part)
