"""The settings by which the step of prior chains follows f while it learns."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class StepAdaptation:
    """Lets δ follow what steps are accepted: after each step of learning, δ ← δ exp[rate (a − target)].

    a is the probability with which a Metropolis-Hastings test would accept the chain's steps, or accepts them, averaged
    over steps and chains. As f learns it gets steeper. A δ that was right then overshoots: chains land where f is low,
    learning lowers it there, and they overshoot more. That runs away, whatever q does.

    Attributes:
      target: of a.
      rate: how fast δ follows, for each step of learning.
    """

    target: float = 0.8
    rate: float = 0.01

    def __post_init__(self):
        if not 0.0 < self.target < 1.0:
            raise ValueError(f"StepAdaptation.target = {self.target}: must be between 0 and 1")
        if self.rate <= 0.0:
            raise ValueError(f"StepAdaptation.rate = {self.rate}: must be positive")
