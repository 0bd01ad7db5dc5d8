"""What every sampler of a prior, and every sampler of a posterior, offers."""

import dataclasses
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.bank import ChainBank
from jebm_tf.errors import UserError
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers.langevin import ChainTrace
from jebm_tf.types import Latents, Seed

if TYPE_CHECKING:
    from jebm_tf.chains.prior import PriorChain


class PriorSampler:
    """Draws z of a model's prior, in learning and of the finished model.

    Attributes:
      bank: of chains that go on from step to step of learning; None where each step's start anew.
      adaptation: of a chain's step while f learns; None where it is fixed.

    Example:
      >>> class Zeros(jebm.PriorSampler):
      ...     def sample(self, model, batch, seed):
      ...         return tuple(tf.zeros([batch, dim]) for dim in model.dims)
      ...
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> [tuple(z_i.shape) for z_i in Zeros().sample(model, 3, seed=jebm.root_seed(1))]
      [(3, 4), (3, 2)]
    """

    bank: ChainBank | None = None
    adaptation: StepAdaptation | None = None

    def sample(self, model: JointModel, batch: int | tf.Tensor, seed: Seed) -> Latents:
        """`batch` samples of z, detached from gradients."""
        raise NotImplementedError

    def sample_with_trace(
        self, model: JointModel, batch: int | tf.Tensor, seed: Seed
    ) -> tuple[Latents, ChainTrace | None]:
        """The same samples, and the chain's trace; None where there is not one chain."""
        return self.sample(model, batch, seed), None

    def negative_samples(self, model: JointModel, z_posterior: Latents, seed: Seed) -> Latents | None:
        """z− for learning, as many as z+; None for a model without energies, whose prior is normalised."""
        raise NotImplementedError

    def move_layers(self, model: JointModel, noise: Latents, moving: list[tf.Tensor], seed: Seed) -> Latents:
        """ε with new values in the layers that move, from the prior given the others, see `resample_layers`."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """What a protocol says of this sampler: its settings, where it has named ones."""
        return _description(self)

    def settled(self) -> "PriorSampler":
        """The same sampler as it is now, whatever is learned of it later."""
        return _settled(self)

    @property
    def layer_sampler(self) -> "PriorSampler":
        """What draws some layers given others, by `move_layers`: this sampler, or what stands in for it."""
        return self

    def as_chain(self, who: str) -> "PriorChain":
        """The one chain by which this samples, for `who`.

        Raises:
          UserError: there is not one chain.
        """
        raise UserError(f"{who}: {type(self).__name__} draws samples without a chain, and this looks at one")


class PosteriorSampler:
    """Draws z given images.

    Attributes:
      has_density: whether the density of what it draws is known, so that `sample_with_log_q` returns it.

    Example:
      >>> class Zeros(jebm.PosteriorSampler):
      ...     def sample(self, model, x, seed):
      ...         return tuple(tf.zeros([len(x), dim]) for dim in model.dims)
      ...
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> [tuple(z_i.shape) for z_i in Zeros().sample(model, tf.zeros([3, 8, 8, 1]), seed=jebm.root_seed(1))]
      [(3, 4), (3, 2)]
    """

    has_density = False

    def sample(self, model: JointModel, x: tf.Tensor, seed: Seed) -> Latents:
        """One sample of z for each image of `x`, `[batch, height, width, channels]`; detached from gradients."""
        raise NotImplementedError

    def sample_with_trace(self, model: JointModel, x: tf.Tensor, seed: Seed) -> tuple[Latents, ChainTrace | None]:
        """The same samples, and the chain's trace; None where there is no chain."""
        return self.sample(model, x, seed), None

    def sample_with_log_q(self, model: JointModel, x: tf.Tensor, seed: Seed) -> tuple[Latents, tuple[tf.Tensor, ...]]:
        """The same samples, and log q of each layer at them, `[batch]` each, in nats; empty without `has_density`."""
        return self.sample(model, x, seed), ()

    def describe(self) -> dict[str, Any]:
        """What a protocol says of this sampler: its settings, where it has named ones."""
        return _description(self)

    def settled(self) -> "PosteriorSampler":
        """The same sampler as it is now, whatever is learned of it later."""
        return _settled(self)


def _description(sampler: PriorSampler | PosteriorSampler) -> dict[str, Any]:
    """Its kind and its settings as they are now: what is learned, or depends on the step, as a number."""
    settings: dict[str, Any] = dataclasses.asdict(_settled(sampler)) if dataclasses.is_dataclass(sampler) else {}
    return {"sampler": type(sampler).__name__, **settings}


def _settled(sampler: Any) -> Any:
    """The same with numbers in place of scalar tensors and variables among its settings, where it has named ones."""
    if not dataclasses.is_dataclass(sampler) or isinstance(sampler, type):
        return sampler
    values = {field.name: getattr(sampler, field.name) for field in dataclasses.fields(sampler)}
    learned = {name: value for name, value in values.items() if isinstance(value, tf.Variable | tf.Tensor)}
    return dataclasses.replace(sampler, **{name: float(tf.convert_to_tensor(v)) for name, v in learned.items()})
