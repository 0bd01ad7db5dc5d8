"""Conditional tilting: every layer's energy is normalised given the layer above it (Sec. 3.1)."""

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.baselines.conditional.sampler import ConditionalSampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.distributions import normal_log_prob
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.joint import JointModel
from jebm_tf.models.tilting import Tilting
from jebm_tf.purposes import Purpose
from jebm_tf.types import Latents, Seed

_PROPOSALS = 1000  # for the estimates of log Z_i(z_{i+1})


@keras.saving.register_keras_serializable("jebm_tf")
class ConditionalTilting(Tilting):
    """p(z) = Π exp[f_i(z_i)] p(z_i | z_{i+1}) / Z_i(z_{i+1}), the alternative that the paper sets aside.

    The same z− that gives the gradient of log Z_i(z_{i+1}) by f and β gives it through z_{i+1}+ by q.
    """

    has_local_normalizers = True

    def check(self, model: JointModel) -> None:
        """See `Tilting`.

        Raises:
          ValueError: the energies are not one per layer, or the backbone is no hierarchy of vectors.
        """
        if not (model.layerwise and model.energies):
            raise ValueError("JointModel.tilting = @ConditionalTilting() needs JointModel.energies, one head per layer")
        if not isinstance(model.backbone, ShallowBackbone):
            raise ValueError(
                "JointModel.tilting = @ConditionalTilting() needs JointModel.backbone = @ShallowBackbone()"
            )

    def require_joint(self, who: str) -> None:
        """Refuses, see `Tilting`."""
        raise ValueError(
            f"{who}: with JointModel.tilting = @ConditionalTilting() log p(z) is known only up to Σ log Z_i(z_(i+1)),"
            " which depend on z"
        )

    def sampler(self, chain: PriorChain) -> ConditionalSampler:
        """Chains layer by layer, each with the settings of `chain`."""
        return ConditionalSampler(chain)

    def log_normalizers(self, model: JointModel, z: Latents, seed: Seed) -> tuple[tf.Tensor, ...]:
        """log Z_i(z_{i+1}) for every layer but the top, by proposals that all examples share, see `log_normalizers`."""
        # Proposals are no rows of the batch but shared by all of it, whichever part is computed.
        seed = seeds.from_row(seeds.fold(seed, Purpose.LOCAL_NORMALIZERS), 0)
        noise = tuple(seeds.normal([_PROPOSALS, dim], seeds.fold(seed, i)) for i, dim in enumerate(model.dims))
        return log_normalizers(model, z, noise)

    def log_prior_of_negatives(
        self, model: JointModel, z_posterior: Latents, z_prior: Latents
    ) -> tuple[tf.Tensor, ...]:
        """log p(z_i− | z_{i+1}+): z_i− was drawn given z_{i+1}+, and stands for the gradient of log Z_i(z_{i+1}+)."""
        conditionals = model.backbone.conditionals(z_posterior)
        return tuple(normal_log_prob(z, *conditional) for z, conditional in zip(z_prior, conditionals, strict=True))


def log_normalizers(model: JointModel, z: Latents, noise: Latents) -> tuple[tf.Tensor, ...]:
    """log Z_i(z_{i+1}) for every layer but the top: one `[batch]` each, in nats.

    Estimated by log of the mean of exp[f_i(z_i)] over z_i ~ p_β(z_i | z_{i+1}); it is low by half its variance.

    Args:
      model: whose tilting is conditional.
      z: the layers that are conditioned on.
      noise: standard normal, `[proposals, dim]` per layer, shared by the examples.
    """
    found = []
    for i, (head, e) in enumerate(zip(model.energies[:-1], noise, strict=False)):
        mean, scale = model.backbone.prior.conditional(i, z[i + 1])
        proposals = mean[:, tf.newaxis] + scale[:, tf.newaxis] * e
        f = tf.reshape(head(tf.reshape(proposals, [-1, model.dims[i]])), tf.shape(proposals)[:2])
        found.append(tf.reduce_logsumexp(f, axis=1) - tf.math.log(tf.cast(tf.shape(e)[0], tf.float32)))
    return tuple(found)
