"""The images that a table is measured on, with the length of their runs and the measure of quality."""

import dataclasses

from jebm_tf.reproduction.plan import Evaluation, Training
from jebm_tf.reproduction.systems import System

_MEASURES = {"fid": "FID", "fid_small": "Fréchet distance of a small classifier"}


@dataclasses.dataclass(frozen=True)
class Images:
    """A data set as a table has it.

    Attributes:
      name: in names of runs and for `--data_dir`.
      title: in tables.
      gin_files: the data set's run file, and what is laid over it and the model's.
      gin_params: over all files.
      epochs, max_steps: as in `Training`.
      measure: the task that says how near samples are to the data: "fid" or "fid_small".
      num_samples: of that task.
    """

    name: str
    title: str
    gin_files: tuple[str, ...]
    gin_params: tuple[str, ...] = ()
    epochs: int | None = None
    max_steps: int | None = None
    measure: str = "fid"
    num_samples: int = 50_000

    @property
    def column(self) -> str:
        """What the measure of quality on this data set is called in a table."""
        return f"{self.title}, {_MEASURES[self.measure]}"

    def training(self, system: System, seed: int, *, variant: str = "", gin_params: tuple[str, ...] = ()) -> Training:
        """A run of a model on these images.

        Args:
          system: the model.
          seed: of the run.
          variant: what its name ends with, where `gin_params` make it another run.
          gin_params: over everything else.
        """
        kind = "-".join(part for part in (self.name, system.key, variant) if part)
        base, *over = self.gin_files
        return Training(
            name=f"{kind}-seed{seed}",
            kind=kind,
            data=self.name,
            gin_files=(base, *system.gin_files, *over),
            gin_params=(*self.gin_params, *gin_params),
            seed=seed,
            epochs=self.epochs,
            max_steps=self.max_steps,
        )

    def quality(self, system: System) -> Evaluation:
        """The task that measures samples, of the backbone alone too where there are energies that a chain samples."""
        params = [f"{self.measure}.num_samples = {self.num_samples}"]
        if system.layers and system.key != "ncp_vae":  # which is sampled without a chain
            params.append(f"{self.measure}.prior_steps = (0,)")
        return Evaluation(self.measure, tuple(params))
