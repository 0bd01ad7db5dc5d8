"""What BIVA's paths agree on: its stages, and the layers of latents that they make."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Stage:
    """One step up from the image.

    Attributes:
      latent_channels: of each of the stage's maps of latents.
      scaling: 2 where the stage halves its input, else 1.
      size: of its kernels, odd.
    """

    latent_channels: int
    scaling: int = 1
    size: int = 3


@dataclasses.dataclass(frozen=True)
class Topology:
    """The shape of a BIVA.

    All stages but the top one have two layers of latents, one drawn on the way up and one on the way down; the top has
    one. Their order, bottom first: stage 1's of the way down, stage 1's of the way up, stage 2's of the way down, ...,
    the top.

    Attributes:
      image_shape: height, width and channels of images.
      stages: from the image up.
      filters: channels of all maps but latents.
      blocks: of each stage, on each path.
    """

    image_shape: tuple[int, int, int]
    stages: tuple[Stage, ...]
    filters: int
    blocks: int

    def __post_init__(self):
        if len(self.stages) < 2 or self.filters < 1 or self.blocks < 1:
            raise ValueError(
                f"BIVA: {len(self.stages)} stages, filters = {self.filters}, blocks = {self.blocks}: needs 2, 1 and 1"
            )
        shrunk = 1
        for i, stage in enumerate(self.stages):
            if stage.scaling not in (1, 2) or stage.size % 2 == 0 or stage.latent_channels < 1:
                raise ValueError(f"BIVA.stages[{i}]: needs latent channels, a scaling of 1 or 2 and an odd kernel size")
            shrunk *= stage.scaling
        if any(side % shrunk for side in self.image_shape[:2]):
            raise ValueError(
                f"BIVA: stages that shrink by {shrunk} need images whose sides are multiples of it, not"
                f" {self.image_shape[:2]}"
            )

    def size(self, stage: int) -> tuple[int, int]:
        """Height and width of a stage's maps."""
        height, width = self.image_shape[:2]
        for below in self.stages[: stage + 1]:
            height, width = height // below.scaling, width // below.scaling
        return height, width

    @property
    def top(self) -> int:
        """The number of the last stage."""
        return len(self.stages) - 1

    @property
    def latent_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Height, width and channels of each layer, bottom first."""
        shapes = [(*self.size(i), stage.latent_channels) for i, stage in enumerate(self.stages)]
        return (*(shape for shape in shapes[:-1] for _ in range(2)), shapes[-1])
