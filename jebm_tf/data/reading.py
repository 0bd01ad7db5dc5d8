"""How the pictures of a source become images of one size."""

import dataclasses

import numpy as np

from jebm_tf.data.images import centre_crop_and_resize, quantised


@dataclasses.dataclass(frozen=True)
class Reading:
    """What `load_images` is told about single pictures, and about a folder of them.

    Attributes:
      crop, size: as in `centre_crop_and_resize`; without `size` all pictures must be of one size.
      bits: of each pixel that are kept.
      background: what transparent pixels of a file are laid over, see `picture_file.read`.
      test_share: of a folder without splits, the share of its files that are "test", chosen by a hash of their names;
        with 0 all of them are, as they are "train", and the source says so.
      skip_broken: leave out files that cannot be read, rather than end; `ImageSet.skipped` has them.
    """

    crop: int | None = None
    size: int | None = None
    bits: int = 8
    background: int = 255
    test_share: float = 0.0
    skip_broken: bool = False

    def finish(self, pixels: np.ndarray) -> np.ndarray:
        """Cuts, scales and quantises uint8 pixels `[..., height, width, channels]`."""
        return quantised(centre_crop_and_resize(pixels, self.crop, self.size), self.bits)
