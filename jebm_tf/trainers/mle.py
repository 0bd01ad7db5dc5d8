"""Maximum likelihood with Langevin samples of posterior and prior (Eq. 8-11)."""

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.models.joint import JointModel
from jebm_tf.objectives.mle import MLETerms, mle_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.optimizer import GroupedAdam

_POSTERIOR, _PRIOR = 0, 1  # the two chains' shares of a step's seed


class MLETrainer(Trainer):
    """Ascends log p(x): z+ ~ p(z | x) and z− ~ p(z) by two independent short-run chains in each step.

    Args:
      model: what is learned.
      optimizer: over the model's parts.
      posterior_chain: draws z+.
      prior_chain: draws z−.
      seed: the run's seed.
      clip_norm: the global gradient norm is clipped to this; None leaves it.
    """

    def __init__(
        self,
        model: JointModel,
        optimizer: GroupedAdam,
        posterior_chain: PosteriorChain,
        prior_chain: PriorChain,
        *,
        seed: int = 0,
        clip_norm: float | None = None,
    ):
        super().__init__(model, optimizer, _scalar_names(model), seed=seed, clip_norm=clip_norm)
        self.posterior_chain = posterior_chain
        self.prior_chain = prior_chain

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step on images `[batch, height, width, channels]` in [−1, 1]; returns the running scalars."""
        seed = self.step_seed()
        z_posterior = self.posterior_chain.sample(self.model, x, seeds.fold(seed, _POSTERIOR))
        z_prior = self.prior_chain.sample(self.model, tf.shape(x)[0], seeds.fold(seed, _PRIOR))
        with tf.GradientTape() as tape:
            terms = mle_terms(self.model, x, z_posterior, z_prior)
            objective = tf.reduce_mean(terms.surrogate)
        norms = self.ascend(tape, objective)
        return self.report(_scalars(terms) | norms)


def _scalar_names(model: JointModel) -> list[str]:
    layers = range(1, len(model.dims) + 1)
    heads = range(1, len(model.energies) + 1)
    return (
        ["surrogate", "log_likelihood", "mse"]
        + [f"log_prior/{i}/{kind}" for i in layers for kind in ("posterior", "prior")]
        + [f"f/{i}/{kind}" for i in heads for kind in ("posterior", "prior", "gap")]
    )


def _scalars(terms: MLETerms) -> dict[str, tf.Tensor]:
    mean = tf.reduce_mean
    scalars = {
        "surrogate": mean(terms.surrogate),
        "log_likelihood": mean(terms.log_likelihood),
        "mse": mean(terms.squared_error),
    }
    for i, (posterior, prior) in enumerate(zip(terms.log_prior_posterior, terms.log_prior_prior, strict=True), 1):
        scalars |= {f"log_prior/{i}/posterior": mean(posterior), f"log_prior/{i}/prior": mean(prior)}
    for i, (posterior, prior) in enumerate(zip(terms.f_posterior, terms.f_prior, strict=True), 1):
        scalars |= {f"f/{i}/posterior": mean(posterior), f"f/{i}/prior": mean(prior)}
        scalars[f"f/{i}/gap"] = scalars[f"f/{i}/posterior"] - scalars[f"f/{i}/prior"]
    return scalars
