"""The settings of a bank of prior chains that go on from step to step of learning."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class ChainBank:
    """Where chains start in learning, instead of at p_β>0 each time: from where chains ended in earlier steps.

    Each step takes a batch from the bank at random, moves it and puts it back. A bank as large as the batch without
    restarts is persistent contrastive divergence (Tieleman 2008); a larger one with some restarts is the replay buffer
    of Du and Mordatch (2019).

    Attributes:
      size: number of chains kept, at least the global batch.
      restart: the probability with which a chain starts anew, at its own initial distribution.
      num_steps: how many a chain takes in each step of learning; None for as many as samples of the model take.
    """

    size: int = 10_000
    restart: float = 0.05
    num_steps: int | None = None

    def __post_init__(self):
        if not isinstance(self.size, int) or self.size < 1:
            raise ValueError(f"ChainBank.size = {self.size!r}: must be an integer, 1 or more")
        if self.num_steps is not None and (not isinstance(self.num_steps, int) or self.num_steps < 1):
            raise ValueError(f"ChainBank.num_steps = {self.num_steps!r}: must be an integer, 1 or more, or None")
        if not 0.0 <= self.restart <= 1.0:
            raise ValueError(f"ChainBank.restart = {self.restart}: must be a probability")
