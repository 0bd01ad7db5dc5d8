"""What an export can be asked for: endpoints of images in [−1, 1], and of pictures as they come."""

import dataclasses

import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.sampling import sample_images
from jebm_tf.data.images import to_model, to_pixels
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.evaluation.scores import posterior_draw
from jebm_tf.models.joint import JointModel
from jebm_tf.purposes import Purpose
from jebm_tf.types import Seed

_FURTHEST = 1.5  # of an image in [−1, 1]; what lies beyond is no such image


@dataclasses.dataclass(frozen=True)
class Endpoints:
    """The functions that an export has, each of tensors.

    Attributes:
      model: with trained weights.
      posterior, prior: how z given x, and z, are drawn.
      preprocessing: from pictures to the model's images.
      batch_size: samples that are computed at once, see `part_size`.
      num_samples: posterior samples of each picture that is scored.
    """

    model: JointModel
    posterior: PosteriorSampler
    prior: PriorSampler
    preprocessing: Preprocessing
    batch_size: int
    num_samples: int

    def sample(self, num: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """`num` images of the prior in [−1, 1], see `chains.sampling.sample_images`."""
        return sample_images(self.model, self.prior, num, seed, self.batch_size)

    def sample_images(self, num: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The same as uint8."""
        return to_pixels(self.sample(num, seed))

    def reconstruct(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Images in [−1, 1] through one sample of z given each."""
        with tf.control_dependencies(_checks(x)):
            x = tf.identity(x)
        return self.model.decode(self.posterior.sample(self.model, x, seeds.root_seed(seed)))

    def reconstruct_images(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """uint8 pictures of any size, as `TrainedRun.reconstruct` rebuilds them."""
        x = to_model(self.preprocessing.tensor(images))
        return to_pixels(self.model.decode(self.posterior.sample(self.model, x, _of_images(seed, Purpose.REBUILDING))))

    def log_density(self, x: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `log_density_terms`."""
        with tf.control_dependencies(_checks(x)):
            x = tf.identity(x)
        return log_density_terms(self.model, x, self.posterior, seed)

    def score_images(self, images: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """uint8 pictures of any size, scored as `bin/score` does it: means over `num_samples`, `[number]` each.

        Names are those of `log_density`, beside "f" = Σ f_i and "squared_error", the mean over a picture's pixels.
        """
        x = to_model(self.preprocessing.tensor(images))
        names: list[str] = []

        def draw(i: tf.Tensor) -> tf.Tensor:
            scores = self._scored(x, _of_images(seed, Purpose.SCORES + i))
            names[:] = scores  # known once this is traced
            return tf.stack(list(scores.values()))

        # A loop, so that the graph has one chain and not as many as there are samples.
        draws = tf.map_fn(draw, tf.range(self.num_samples), fn_output_signature=tf.float32, parallel_iterations=1)
        means = tf.reduce_mean(draws, axis=0)
        return dict(zip(names, tf.unstack(means, num=len(names)), strict=True))

    def _scored(self, x: tf.Tensor, seed: Seed) -> dict[str, tf.Tensor]:
        draw = posterior_draw(self.model, self.posterior, x, seed)
        named, energies = draw.terms.named(), list(draw.terms.prior.f.values())
        if energies:
            named["f"] = tf.add_n(energies)
        return {**named, "squared_error": draw.squared_error, "log_joint": draw.terms.log_joint}


def log_density_terms(
    model: JointModel, x: tf.Tensor, posterior: PosteriorSampler, seed: int | tf.Tensor
) -> dict[str, tf.Tensor]:
    """The terms of log p(x, z+) for one posterior sample z+ of each image, up to the prior's normalising constant.

    Args:
      x: images `[batch, height, width, channels]` in [−1, 1].

    Returns:
      What `DensityTerms.named` gives, and the sum `log_joint`.
    """
    root = seeds.root_seed(seed)
    terms = model.density_terms(x, posterior.sample(model, x, root), root)
    return {**terms.named(), "log_joint": terms.log_joint}


def _of_images(seed: tf.Tensor, purpose: int | tf.Tensor) -> Seed:
    """The noise that `EvaluationContext.over_images` gives the first `BLOCK` images."""
    return seeds.fold(seeds.root_seed(seed), purpose, 0)


def _checks(x: tf.Tensor) -> list[tf.Operation]:
    """Fails for what was meant as 0 to 255: any tensor becomes one of floats on its way in."""
    furthest = tf.reduce_max(tf.abs(x))
    what = "x must be images in [-1, 1]; pictures of 0 to 255 are for score_images and reconstruct_images. Furthest:"
    return [
        tf.debugging.Assert(tf.greater(tf.size(x), 0), ["x has no images: the batch is empty"]),
        tf.debugging.Assert(tf.logical_or(tf.equal(tf.size(x), 0), furthest <= _FURTHEST), [what, furthest]),
    ]
