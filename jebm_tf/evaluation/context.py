"""What every task gets: the trained model, its samplers and its images."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.sampling import BLOCK, image_parts, part_size
from jebm_tf.data.images import ImageSet, to_model, to_pixels
from jebm_tf.data.mapped_images import Pixels
from jebm_tf.errors import UserError
from jebm_tf.evaluation.features.network import FeatureNetwork, Features
from jebm_tf.evaluation.progress import Progress, silent
from jebm_tf.models.joint import JointModel
from jebm_tf.types import Seed


@dataclasses.dataclass(frozen=True)
class EvaluationContext:
    """A trained model and its samplers.

    Attributes:
      model: with trained weights.
      posterior_sampler: draws z given x.
      prior_sampler: draws z.
      images: gives the images of a split, "train" or "test", of the data that the model was trained on; keyword
        arguments go over the settings of `load_images`.
      seed: of all random numbers.
      cache: where features and trained classifiers are kept between evaluations.
      batch_size: samples drawn and images inferred at once, see `part_size`; changes them by rounding alone.
      checkpoints: loads the weights of the last kept checkpoints, at most so many, in turn, the oldest first, and
        yields the step of each; afterwards the weights are those of the latest.
      progress: shows how far a task is.

    Example:
      >>> generator = jebm.Generator([(8, 4, 1, "valid"), (1, 4, 2, "same")], latent_dim=4)
      >>> model = jebm.shallow_model(generator, jebm.GaussianPrior((4, 2)), jebm.EnergyHead)
      >>> chains = jebm.PosteriorChain(num_steps=2), jebm.PriorChain(num_steps=2)
      >>> digits = jebm.load_images("digits", split="test", channels=1)
      >>> context = jebm.EvaluationContext(model, *chains, images=lambda split: digits)
      >>> context.samples(3).shape
      (3, 8, 8, 1)
    """

    model: JointModel
    posterior_sampler: PosteriorSampler
    prior_sampler: PriorSampler
    images: Callable[..., ImageSet]
    seed: int = 0
    cache: Path = Path(".cache")
    batch_size: int = BLOCK
    checkpoints: Callable[[int], Iterator[int]] = lambda number: iter(())
    progress: Progress = silent
    _drawn: dict = dataclasses.field(default_factory=dict, repr=False, compare=False)  # by weights and what was chosen

    def layers(self, chosen: Sequence[int] | None, setting: str, last: int) -> tuple[int, ...]:
        """The numbers of layers that a task is chosen about, in order: those of `chosen`, or 1 to `last`.

        Raises:
          UserError: one of them is not among 1 to `last`; the message names the setting.
        """
        if chosen is None:
            return tuple(range(1, last + 1))
        if not set(chosen) <= set(range(1, last + 1)):
            raise UserError(f"{setting} = {tuple(chosen)}: each must be from 1 to {last}")
        return tuple(sorted(set(chosen)))

    def root(self, purpose: int) -> Seed:
        """The stateless seed for one purpose of a task."""
        return seeds.fold(seeds.root_seed(self.seed), purpose)

    def with_seed(self, seed: int) -> "EvaluationContext":
        """The same context with another seed, and nothing drawn yet."""
        return dataclasses.replace(self, seed=seed, _drawn={})

    def with_prior_steps(self, steps: int, who: str) -> "EvaluationContext":
        """The same context with prior chains of so many steps, 0 for samples of p_β>0; nothing drawn yet.

        Raises:
          UserError: there is no one chain; the message says that it is for `who`.
        """
        chain = self.prior_sampler.as_chain(who)
        return dataclasses.replace(self, prior_sampler=dataclasses.replace(chain, num_steps=steps), _drawn={})

    def samples(self, number: int) -> np.ndarray:
        """The first `number` samples of this seed, uint8 `[number, height, width, channels]`; drawn once."""
        key = (weights_digest(self.model), number)
        if key not in self._drawn:
            part = part_size(self.batch_size)
            parts = image_parts(self.model, self.prior_sampler, number, self.seed, part)
            seen = self.progress(parts, -(-number // part), f"samples, x{part}")
            self._drawn[key] = np.concatenate([to_pixels(x).numpy() for x, _ in seen])
        return self._drawn[key]

    def sample_features(self, network: FeatureNetwork, number: int) -> Features:
        """Their features; computed once."""
        key = (weights_digest(self.model), network.digest, number)
        if key not in self._drawn:
            self._drawn[key] = network.features(self.samples(number), self.progress)
        return self._drawn[key]

    def for_images(self, compute: Callable[[tf.Tensor, Seed], Any]) -> Callable:
        """`compute(x, seed)` → a structure of `[batch, ...]`, as a step for `over_images`, a graph traced once."""
        shape = (None, *self.model.backbone.image_shape)
        signature = [tf.TensorSpec(shape, tf.uint8), tf.TensorSpec([], tf.int32), tf.TensorSpec([2], tf.int32)]

        @tf.function(input_signature=signature, autograph=False)
        def step(x, first, key):
            of_block = seeds.fold(Seed(key, 0), first // BLOCK)
            return compute(to_model(x), seeds.from_row(of_block, first % BLOCK))

        return step

    def over_images(self, step: Callable, images: Pixels, purpose: int, what: str = "batch", *, first: int = 0) -> Any:
        """A step that `for_images` made over parts of uint8 images: its structure, put together in numpy.

        The n-th image meets the same noise whatever comes after it, and however many are computed at once. `first`, a
        multiple of `BLOCK`, is the place of the first one where these are a part of a longer row.
        """
        part, root = part_size(self.batch_size), self.root(purpose)
        starts = range(0, len(images), part)
        found = [
            tf.nest.map_structure(np.asarray, step(images[start : start + part], first + start, root.key))
            for start in self.progress(starts, len(starts), what)
        ]
        return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *found)


def weights_digest(model: JointModel) -> str:
    """SHA-256 of every weight, in hexadecimal: tells what was made of other weights, such as another checkpoint's."""
    digest = hashlib.sha256()
    for part in model.parts.values():
        for variable in part.variables:
            digest.update(np.ascontiguousarray(variable).tobytes())
    return digest.hexdigest()


def describe(images: ImageSet) -> dict:
    """What a protocol says of a set of images."""
    return {"source": images.source, "number": len(images), "sha256": images.digest()}
