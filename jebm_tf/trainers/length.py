"""How long a run is, said once, for whatever depends on it."""


class TrainingLength:
    """The length of a run, in steps and epochs.

    Args:
      steps_per_epoch: of the data at hand.
      total_steps: of the whole run; one epoch unless given.

    Attributes:
      steps_per_epoch: as above.
      is_used: whether anything asked for the whole length, so that a run with another one is another run.

    Example:
      >>> length = jebm.TrainingLength(steps_per_epoch=10, total_steps=100)
      >>> length.steps(share=0.25)
      25
    """

    def __init__(self, steps_per_epoch: int = 1, total_steps: int | None = None):
        self.steps_per_epoch = steps_per_epoch
        self.is_used = False
        self._total_steps = steps_per_epoch if total_steps is None else total_steps

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        self.is_used = True
        return self._total_steps

    def steps(self, share: float) -> int:
        """The number of steps that is this share of the run, rounded."""
        return round(share * self.total_steps)
