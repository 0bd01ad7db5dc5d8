"""Subjects of evaluation small enough for tests."""

import numpy as np
import tensorflow as tf

from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PosteriorSampler
from jebm_tf.data.images import ImageSet
from jebm_tf.evaluation.context import EvaluationContext


def random_images(number, shape=(8, 8, 1), seed=0, classes=3):
    rng = np.random.default_rng(seed)
    return ImageSet(rng.integers(0, 256, (number, *shape), np.uint8), np.arange(number) % classes, f"random {seed}")


class Still(PosteriorSampler):
    """A posterior that is always 0."""

    def sample(self, model, x, seed):
        del seed
        return tuple(tf.zeros([tf.shape(x)[0], dim]) for dim in model.dims)


def context_of(model, images=None, cache=None, prior_chain=None, **settings):
    """A context whose images are given, or random ones of the model's shape, the same for every split."""
    shape = model.backbone.image_shape
    given = random_images(30, shape) if images is None else images
    if isinstance(given, np.ndarray):
        given = ImageSet(given, None, "given")
    return EvaluationContext(
        model,
        InferenceSampler() if getattr(model.backbone, "inference", None) is not None else PosteriorChain(num_steps=3),
        prior_chain or PriorChain(num_steps=3),
        images=lambda split, **_: given,
        **({} if cache is None else {"cache": cache}),
        **settings,
    )
