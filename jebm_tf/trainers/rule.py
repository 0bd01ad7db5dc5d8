"""Which gradients of log p(x) learning follows, and which of them it leaves out so that short chains can keep up."""

import dataclasses

import tensorflow as tf

from jebm_tf.trainers.learning_rate import AnyRate, as_schedule
from jebm_tf.trainers.length import TrainingLength


@dataclasses.dataclass(frozen=True)
class LearningRule:
    """Two choices among the terms of the gradient of log p(x) (Eq. 8-11, 15-19).

    By default the backbone learns by its own bound, or by its own likelihood where posterior chains draw z+, as it
    would without energies, and f learns to tilt its prior at the same time: the paper's two stages (Sec. 5.1) at once.
    What is lost is that the energies shape z+. What is won is that z+ do not run away from short chains: z+ that climb
    f go to where f is highest, which chains of K steps do not reach, so that f must rise there further still. Of the
    pair (β>0, f) a common factor is free, since exp(f + h) · p_β>0 exp(−h) is the same prior; β>0 by the bound is the
    one that leaves f least to do.

    `LearningRule(climb=1.0, prior_negative_phase=True)` is the paper's, with all terms.

    Attributes:
      climb: the weight of E_q[Σ f] in q's objective (Eq. 19), and of Σ f in what posterior chains climb (Eq. 14). A
        number, or as a function of the step a `LearningRate` or a Keras schedule.
      prior_negative_phase: whether log p_β>0(z−) is learned down (Eq. 11, 18). Without it β>0 learns by
        E_q[log p_β>0(z+)] alone, as in the bound of the backbone.

    Example:
      >>> jebm.LearningRule().is_exact, jebm.LearningRule(climb=1.0, prior_negative_phase=True).is_exact
      (False, True)
    """

    climb: AnyRate = 0.0
    prior_negative_phase: bool = False

    def __post_init__(self):
        if isinstance(self.climb, int | float) and self.climb < 0.0:
            raise ValueError(f"LearningRule.climb = {self.climb}: must be 0 or more")

    @property
    def is_exact(self) -> bool:
        """Whether these are all the terms of the paper's gradient, with their weights."""
        return self.climb == 1.0 and self.prior_negative_phase

    def over(self, length: TrainingLength) -> "LearningRule":
        """The same rule for a run of this length: its climb is a number, or a function of the step."""
        if isinstance(self.climb, int | float):
            return dataclasses.replace(self, climb=float(self.climb))
        return dataclasses.replace(self, climb=as_schedule(self.climb, length))

    def climb_at(self, step: tf.Tensor) -> float | tf.Tensor:
        """The climb at `step`, of a rule for a run of known length: a number where it is one, else a scalar tensor."""
        return self.climb(step) if callable(self.climb) else self.climb
