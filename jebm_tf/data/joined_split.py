"""Splits of one's own from all images of a data set, for anomaly detection as the literature has it."""

import dataclasses

import numpy as np

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class JoinedSplit:
    """Joins a data set's train and test images and splits them anew: by chance, but for the excluded classes.

    "train" gets a share of the images of all other classes, "test" the rest of these and, where they are kept, *all* of
    the excluded ones. That is the protocol of Zenati et al. (2018), which those who report Table 4's numbers follow:
    with a digit of MNIST excluded, 33 to 39 % of the test images are anomalies, of MNIST's own test images 9 to 11 %.

    Attributes:
      train_share: of the images that are not excluded.
      seed: of the split.
    """

    train_share: float = 0.8
    seed: int = 0

    def __post_init__(self):
        if not 0.0 < self.train_share < 1.0:
            raise ValueError(f"JoinedSplit.train_share = {self.train_share}: must be between 0 and 1")

    def part(self, train: ImageSet, test: ImageSet, split: str, exclude: tuple[int, ...], keep: bool) -> ImageSet:
        """One of the new splits.

        Args:
          train, test: the data set's own.
          split: "train" or "test".
          exclude: labels of the classes that training must not see.
          keep: in "test", keep all of their images.

        Raises:
          UserError: there is no such split.
        """
        if split not in ("train", "test"):
            raise UserError(f"load_images.split = {split!r}: with load_images.join there are train and test")
        images = np.concatenate([np.asarray(train.images), np.asarray(test.images)])
        known = None if train.labels is None or test.labels is None else np.concatenate([train.labels, test.labels])
        excluded = np.zeros(len(images), bool) if known is None else np.isin(known, exclude)
        normal = np.random.RandomState(self.seed).permutation(np.flatnonzero(~excluded))
        number = int(self.train_share * len(normal))
        rows = normal[:number] if split == "train" else normal[number:]
        if split == "test" and keep:
            rows = np.concatenate([rows, np.flatnonzero(excluded)])
        labels, source = None if known is None else known[rows], self._source(train, split, exclude, keep)
        return ImageSet(images[rows], labels, source, class_names=train.class_names)

    def _source(self, train: ImageSet, split: str, exclude: tuple[int, ...], keep: bool) -> str:
        share = self.train_share if split == "train" else 1.0 - self.train_share
        without = f" without {', '.join(map(str, sorted(exclude)))}" if exclude else ""
        others = ", and all of these" if split == "test" and keep and exclude else ""
        return f"{train.source} and its test images, {100 * share:g} % of those{without}{others}, seed {self.seed}"
