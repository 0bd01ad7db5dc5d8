"""How energies and a Gaussian hierarchy make one prior: jointly, with one normalising constant (Eq. 6-7)."""

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from jebm_tf.types import Latents, Seed

if TYPE_CHECKING:
    from jebm_tf.models.joint import JointModel


@keras.saving.register_keras_serializable("jebm_tf")
class Tilting:
    """p(z) = exp[Σ f_i(z_i)] p_β>0(z) / Z, the paper's choice. Others override what differs.

    A tilting has no state: it is asked about a model. What it answers is all that others need to know of it, so that
    nobody compares which one it is.

    Attributes:
      has_local_normalizers: whether normalising constants depend on z, so that q has a gradient by them.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> model.tilting.has_local_normalizers
      False
      >>> model.tilting.sampler(jebm.PriorChain(num_steps=2)).num_steps
      2
    """

    has_local_normalizers = False

    def check(self, model: "JointModel") -> None:
        """Checks that the model's parts go with this tilting.

        Raises:
          ValueError: they do not.
        """

    def require_joint(self, who: str) -> None:
        """Checks that all layers have one density up to a constant, as `who` needs it.

        Raises:
          ValueError: they have not.
        """

    def sampler(self, chain: Any) -> Any:
        """What samples this prior by the settings of `chain`, a prior sampler: here that sampler itself."""
        return chain

    def log_normalizers(self, model: "JointModel", z: Latents, seed: Seed) -> tuple[tf.Tensor, ...]:
        """Estimates of log Z_i(z_{i+1}), `[batch]` each, where constants depend on z; here none."""
        del model, z, seed
        return ()

    def log_prior_of_negatives(
        self, model: "JointModel", z_posterior: Latents, z_prior: Latents
    ) -> tuple[tf.Tensor, ...]:
        """log p(z_i− | ·) of every layer, `[batch]` each, given what z_i− was drawn given: here z− itself."""
        del z_posterior
        return model.backbone.log_prior_terms(z_prior)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments: none."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Tilting":
        """Rebuilds it."""
        return cls(**config)
