"""The paper's shallow model in one call."""

from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.generator import Generator
from jebm_tf.models.inference import Inference
from jebm_tf.models.joint import Energies, JointModel
from jebm_tf.models.likelihood import Likelihood
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.tilting import Tilting


def shallow_model(
    generator: Generator,
    prior: GaussianPrior,
    energies: Energies,
    likelihood: Likelihood | None = None,
    inference: Inference | None = None,
    *,
    tilting: Tilting | None = None,
) -> JointModel:
    """A `JointModel` on a `ShallowBackbone` of these parts.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> model.dims, model.energy_names
      ((4, 2), ('1', '2'))
      >>> model((tf.zeros([3, 4]), tf.zeros([3, 2]))).shape
      TensorShape([3, 8, 8, 1])
    """
    return JointModel(ShallowBackbone(generator, prior, likelihood, inference), energies, tilting=tilting)
