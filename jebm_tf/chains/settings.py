"""The settings that prior and posterior chains share, checked once."""

import dataclasses
from typing import Literal, NamedTuple, TypeVar

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.models.joint import JointModel
from jebm_tf.samplers import langevin
from jebm_tf.strategy import use_jit
from jebm_tf.types import Latents, LogDensity, Seed

_T = TypeVar("_T")
Space = Literal["z", "eps"]
Initial = Literal["ancestral", "gaussian"]

START, STEPS = 0, 1  # the two purposes for which a chain's seed is split


@dataclasses.dataclass(frozen=True)
class ChainSettings:
    """How to run a Langevin chain.

    Attributes:
      num_steps: K.
      step_size: δ; the convention is stated in `jebm_tf.samplers.langevin`. A variable where it is learned.
      noise_scale: ν; 1 is Langevin dynamics, 0 gradient ascent.
      space: "z" moves the latents themselves (Eq. 13-14); "eps" moves ε with z = T(ε), where the hierarchy's
        scales are all one. Both have the same target.
      initial: "ancestral" starts from p_β>0; "gaussian" from N(0, I) on every layer of z. In "eps" only the former.
      adjusted: take each step with its Metropolis-Hastings probability, so that the target is stationary whatever δ.
      jit: "auto" compiles each step with XLA where there is a GPU; True and False force it.
    """

    num_steps: int
    step_size: float | tf.Variable
    noise_scale: float = 1.0
    space: Space = "eps"
    initial: Initial = "ancestral"
    adjusted: bool = False
    jit: bool | Literal["auto"] = "auto"

    def __post_init__(self):
        name = type(self).__name__
        if not isinstance(self.num_steps, int) or self.num_steps < 0:
            raise ValueError(f"{name}.num_steps = {self.num_steps!r}: must be an integer, 0 or more")
        if isinstance(self.step_size, int | float) and self.step_size <= 0.0:
            raise ValueError(f"{name}.step_size = {self.step_size}: must be positive")
        if self.noise_scale < 0.0:
            raise ValueError(f"{name}.noise_scale = {self.noise_scale}: must be 0 or more")
        if self.space not in ("z", "eps"):
            raise ValueError(f"{name}.space = {self.space!r}: must be 'z' or 'eps'")
        if self.initial not in ("ancestral", "gaussian"):
            raise ValueError(f"{name}.initial = {self.initial!r}: must be 'ancestral' or 'gaussian'")
        if self.space == "eps" and self.initial == "gaussian":
            raise ValueError(f"{name}.initial = 'gaussian' needs {name}.space = 'z': ε ~ N(0, I) is 'ancestral' in z")

    def in_own_space(self, in_z: _T, in_noise: _T) -> _T:
        """Of two things that belong to one space each, that of this chain's."""
        return in_z if self.space == "z" else in_noise

    @property
    def starts_through_prior(self) -> bool:
        """Whether standard normal noise is made a sample of p_β>0 before a chain starts there."""
        return self.space == "z" and self.initial == "ancestral"

    def start(self, model: JointModel, batch, seed: Seed) -> Latents:
        """The initial position, in this chain's space, of `batch` chains."""
        noise = tuple(
            seeds.normal([batch, dim], seeds.fold(seed, START, layer)) for layer, dim in enumerate(model.dims)
        )
        return model.transform(noise) if self.starts_through_prior else noise

    def to_latents(self, model: JointModel, position: Latents) -> Latents:
        """z at a position of this chain."""
        return self.in_own_space(lambda z: z, model.transform)(position)

    def run_with_trace(
        self, model: JointModel, target: LogDensity, batch, seed: Seed
    ) -> tuple[Latents, langevin.ChainTrace]:
        """The z at which `batch` chains on `target`, a density in this chain's space, end, and their trace.

        An `Observation` is in it for every step.
        """
        end, trace = langevin.sample_chain_with_trace(
            target,
            self.start(model, batch, seed),
            seeds.fold(seed, STEPS),
            observe=lambda position: observe(model, self.to_latents(model, position)),
            **self.kernel_settings(),
        )
        return detached(self.to_latents(model, end)), trace

    def kernel_settings(self) -> dict:
        """What the kernel is called with."""
        return {
            "num_steps": self.num_steps,
            "step_size": self.step_size,
            "noise_scale": self.noise_scale,
            "adjusted": self.adjusted,
            "jit": use_jit(self.jit),
        }


class Observation(NamedTuple):
    """What a chain's trace holds of the model, each `[batch]`, in nats; in a trace `[K, batch]`.

    Attributes:
      f: f_i under the layer's number from "1", or "all"; empty without energies.
      log_gaussian_prior: log p_β>0(z).
      coordinates: the first coordinates of each layer in the chain's space, `[batch, few]`, where they are asked for.
    """

    f: dict[str, tf.Tensor]
    log_gaussian_prior: tf.Tensor
    coordinates: tuple[tf.Tensor, ...] = ()


def observe(model: JointModel, z: Latents) -> Observation:
    """The observation at z."""
    f = dict(zip(model.energy_names, model.f_terms(z), strict=True))
    return Observation(f, model.log_gaussian_prior(z))


def detached(latents: Latents) -> Latents:
    """Latents that are constants for gradients."""
    return tuple(tf.stop_gradient(z) for z in latents)
