"""scikit-learn's bundled handwritten digits: 1,797 real 8x8 images that need no download."""

import numpy as np
from sklearn.datasets import load_digits

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError

_TEST = 297


def load(split: str) -> ImageSet:
    """The first 1,500 ("train"), the last 297 ("test") or "all" of them; grey levels 0-16 scaled to 0-255."""
    bunch = load_digits()
    images = np.round(bunch.images[..., np.newaxis] * (255.0 / 16.0)).astype(np.uint8)
    parts = {"train": slice(None, -_TEST), "test": slice(-_TEST, None), "all": slice(None)}
    if split not in parts:
        raise UserError(f"load_images.split = {split!r}: the digits have {', '.join(parts)}")
    rows = parts[split]
    return ImageSet(images[rows], bunch.target[rows].astype(np.int64), f"scikit-learn digits, {split}")
