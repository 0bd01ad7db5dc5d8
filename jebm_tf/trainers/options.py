"""What a step may do besides climbing its objective, whichever the trainer."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class StepOptions:
    """Options of every trainer; all are off by default.

    Attributes:
      clip_norm: the gradient's global norm, over all parts and replicas, is clipped to this.
      energy_penalty: λ of a penalty −λ Σ [f(z+)² + f(z−)²] in the model's objective (Du and Mordatch 2019), which
        keeps the energies' magnitude small. It moves the heads only, since samples are constants.
      average_decay: decay of a moving average of all that is learned, used for snapshots, samples and exports. What
        batch norms remember of their inputs stays as it is; `recalibrate_batch_norm` fits it to the averages.

    Example:
      >>> options = jebm.StepOptions(clip_norm=1.0, average_decay=0.99)
      >>> options.clip_norm, options.energy_penalty
      (1.0, 0.0)
    """

    clip_norm: float | None = None
    energy_penalty: float = 0.0
    average_decay: float | None = None

    def __post_init__(self):
        if self.clip_norm is not None and self.clip_norm <= 0.0:
            raise ValueError(f"StepOptions.clip_norm = {self.clip_norm}: must be positive, or None")
        if self.energy_penalty < 0.0:
            raise ValueError(f"StepOptions.energy_penalty = {self.energy_penalty}: must be 0 or more")
        if self.average_decay is not None and not 0.0 < self.average_decay < 1.0:
            raise ValueError(f"StepOptions.average_decay = {self.average_decay}: must be between 0 and 1, or None")
