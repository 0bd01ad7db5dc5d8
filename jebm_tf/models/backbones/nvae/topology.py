"""What the two towers of an NVAE agree on: sizes and channels of maps, scale by scale."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Topology:
    """The shape of an NVAE. Scales and groups are counted from the image up; each scale halves the one below.

    Attributes:
      image_shape: height, width and channels of images.
      channels: of the maps at the image's own size; every halving doubles them.
      groups: number of groups of latents at each scale, the finest first.
      latent_channels: of each group.
      halvings: how often the finest scale of latents is smaller than the image.
      cells: residual cells for each group, in each tower.
      end_cells: cells for each halving between image and latents, at the image's end of each tower.
    """

    image_shape: tuple[int, int, int]
    channels: int
    groups: tuple[int, ...]
    latent_channels: int
    halvings: int = 1
    cells: int = 2
    end_cells: int = 2

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            numbers = value if isinstance(value, tuple) else (value,)
            if not numbers or min(numbers) < 1:
                raise ValueError(f"NVAE.{field.name} = {value}: must be 1 or more")
        shrunk = 2 ** (self.halvings + len(self.groups) - 1)
        if any(side % shrunk for side in self.image_shape[:2]):
            raise ValueError(
                f"NVAE: {len(self.groups)} scales after {self.halvings} halvings need images whose sides are multiples"
                f" of {shrunk}, not {self.image_shape[:2]}"
            )

    @property
    def scale_of_group(self) -> tuple[int, ...]:
        """The number of its scale, from 0 for the finest, of each group, bottom first."""
        return tuple(scale for scale, count in enumerate(self.groups) for _ in range(count))

    def width(self, scale: int) -> int:
        """Channels of the towers' maps at a scale."""
        return self.channels * 2 ** (self.halvings + scale)

    def size(self, scale: int) -> tuple[int, int]:
        """Height and width of maps at a scale."""
        shrunk = 2 ** (self.halvings + scale)
        return self.image_shape[0] // shrunk, self.image_shape[1] // shrunk

    @property
    def latent_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Height, width and channels of each group, bottom first."""
        return tuple((*self.size(scale), self.latent_channels) for scale in self.scale_of_group)
