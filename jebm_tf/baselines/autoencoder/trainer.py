"""Regularised autoencoders (Ghosh et al. 2020): no noise in learning, a prior fitted to the codes afterwards."""

import dataclasses
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.autoencoder.backbone import AutoencoderBackbone
from jebm_tf.baselines.autoencoder.objective import AutoencoderTerms, autoencoder_terms
from jebm_tf.baselines.autoencoder.prior_fit import PriorFit
from jebm_tf.baselines.autoencoder.samplers import Codes, MixtureSampler
from jebm_tf.data.images import ImageSet
from jebm_tf.data.pipeline import subsample
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.run import Run

_FIT_BATCH, _FIT_IMAGES = 500, 10_000  # to how many images the prior is fitted


@dataclasses.dataclass(frozen=True)
class Regularizer:
    """What keeps an autoencoder's codes together and its decoder smooth.

    Attributes:
      code: weight of ½ ‖z‖²; 1 makes the code the mode of p(z | x) under z ~ N(0, I).
      decoder: "l2" for ½ ‖θ‖² of the generator's kernels and biases, "gradient" for ½ ‖∂ output / ∂ z‖² per image.
      weight: of the decoder's term.
    """

    code: float = 1.0
    decoder: Literal["l2", "gradient"] = "l2"
    weight: float = 1e-4

    def __post_init__(self):
        if self.decoder not in ("l2", "gradient"):
            raise ValueError(f"Regularizer.decoder = {self.decoder!r}: must be 'l2' or 'gradient'")
        for name in ("code", "weight"):
            if getattr(self, name) < 0.0:
                raise ValueError(f"Regularizer.{name} = {getattr(self, name)}: must be 0 or more")

    @property
    def needs_projection(self) -> bool:
        """Whether the decoder's term is estimated by a random projection of its Jacobian."""
        return self.decoder == "gradient"


class AutoencoderTrainer(Trainer):
    """Ascends log p(x | E(x)) less the regularizer; `fit_prior` fits the prior to codes of training images.

    Args:
      model: what is learned; its backbone is an `AutoencoderBackbone`, without energies.
      optimizer: over the model's parts.
      regularizer: see there.
      options: what a step does besides.
      length: of the run.
      seed: the run's seed.

    Raises:
      ValueError: the model has other parts.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        regularizer: Regularizer = Regularizer(),
        *,
        options: StepOptions = StepOptions(),
        length: TrainingLength | None = None,
        seed: int = 0,
    ):
        if not isinstance(model.backbone, AutoencoderBackbone):
            raise ValueError("AutoencoderTrainer needs JointModel.backbone = @AutoencoderBackbone()")
        names = ["objective", "log_likelihood", "mse", "code", "decoder"]
        super().__init__(model, optimizer, MixtureSampler(), names, options=options, length=length, seed=seed)
        self.regularizer = regularizer

    @property
    def posterior_sampler(self) -> Codes:
        """What gives z for x: the encoder."""
        return Codes()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        with tf.GradientTape() as tape:
            z = self.model.backbone.encode(x)
            terms = autoencoder_terms(self.model, x, z, self._projection(x))
            decoder = self._decoder_term(terms)
            kept = tf.reduce_mean(terms.log_likelihood - self.regularizer.code * terms.code)
            objective = kept - self.regularizer.weight * decoder
        norms = self.apply_gradients(tape, dict.fromkeys(self._learned_parts(), objective))
        means = {"log_likelihood": terms.log_likelihood, "mse": terms.squared_error, "code": terms.code}
        scalars = {name: tf.reduce_mean(value) for name, value in means.items()}
        return self.report(scalars | {"objective": objective, "decoder": decoder} | norms)

    def own_callbacks(self, images: ImageSet, run: Run, last_step: int) -> list[keras.callbacks.Callback]:
        """What fits the prior."""
        return [PriorFit(subsample(images, _FIT_BATCH, _FIT_IMAGES), run, last_step)]

    def fit_prior(self, images: tf.data.Dataset) -> None:
        """Fits the mixture to the codes of batches of images, by averaged weights where there are any."""
        encode = tf.function(lambda x: self.model.backbone.encode(x)[0], autograph=False)
        with self.averaged():
            codes = np.concatenate([encode(x).numpy() for x in images])
        self.model.backbone.prior.fit(codes, self.seed)

    def _learned_parts(self) -> list[str]:
        return [name for name in self.model.parts if name != "prior"]

    def _projection(self, x: tf.Tensor) -> tf.Tensor | None:
        if not self.regularizer.needs_projection:
            return None
        height, width, _ = self.model.backbone.image_shape
        shape = [tf.shape(x)[0], height, width, self.model.backbone.generator.outputs]
        return seeds.normal(shape, self.step_seed(x))

    def _decoder_term(self, terms: AutoencoderTerms) -> tf.Tensor:
        if self.regularizer.needs_projection:
            return tf.reduce_mean(terms.smoothness)
        return tf.add_n([tf.nn.l2_loss(v.value) for v in self.model.backbone.generator.trainable_variables])
