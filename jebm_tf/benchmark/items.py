"""What a benchmark times: chains, the whole step, samples, scores and features, as those who use them call them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.benchmark import chain_flops
from jebm_tf.benchmark.gradient_flops import of_function
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.benchmark.step_flops import of_step
from jebm_tf.benchmark.step_times import times_of_steps
from jebm_tf.benchmark.timing import Times, times_of
from jebm_tf.chains.sampling import part_size, sample_part
from jebm_tf.data.images import to_model
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.features.network import FeatureNetwork
from jebm_tf.evaluation.scores import score_step
from jebm_tf.models.joint import JointModel
from jebm_tf.trainers.base import Trainer
from jebm_tf.types import Seed

NAMES = ("prior chain", "posterior", "step", "samples", "scores", "inception")


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing to time.

    Attributes:
      name: one of `NAMES`.
      what: what it is, for people.
      images: how many images or latents one call is about.
      measure: its times in so many repeats, after warm-up.
      flops: of one call; None where they are not counted.
    """

    name: str
    what: str
    images: int
    measure: Callable[[int], Times]
    flops: Flops | None


def random_images(model: JointModel, number: int) -> np.ndarray:
    """Uniformly random uint8 images of the model's shape: what is in an image does not change how long it takes."""
    shape = (number, *model.backbone.image_shape)
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def make(name: str, trainer: Trainer, batch: int, network: FeatureNetwork | None = None) -> Item:
    """The item of this name, about a trainer's model as it is now.

    Args:
      name: one of `NAMES`.
      trainer: whose model, chains and step.
      batch: of a step; samples and scores are in parts, as `part_size` has it.
      network: for "inception".
    """
    if name == "inception":
        assert network is not None
        return _features(network, random_images(trainer.model, batch))
    makers: dict[str, Callable[[Trainer, int], Item]] = {
        "prior chain": _prior_chain,
        "posterior": _posterior,
        "step": _step,
        "samples": _samples,
        "scores": _scores,
    }
    return makers[name](trainer, batch)


def _prior_chain(trainer: Trainer, batch: int) -> Item:
    sampler, model = trainer.prior_sampler, trainer.model
    draw = tf.function(lambda key: sampler.sample(model, batch, Seed(key, 0)), autograph=False)
    what = f"{_steps(sampler)} from the prior"
    flops = chain_flops.of_prior_sampler(sampler, model, batch)
    return Item("prior chain", what, batch, lambda repeats: times_of(_seeded(draw), repeats), flops)


def _posterior(trainer: Trainer, batch: int) -> Item:
    sampler, model = trainer.posterior_sampler, trainer.model
    x = to_model(tf.constant(random_images(trainer.model, batch)))
    draw = tf.function(lambda key: sampler.sample(model, x, Seed(key, 0)), autograph=False)
    what = f"{_steps(sampler)} for images"
    flops = chain_flops.of_posterior_sampler(sampler, model, batch)
    return Item("posterior", what, batch, lambda repeats: times_of(_seeded(draw), repeats), flops)


def _step(trainer: Trainer, batch: int) -> Item:
    what = f"the whole step of {type(trainer).__name__}"
    images = random_images(trainer.model, 2 * batch)
    measure = lambda repeats: times_of_steps(trainer, images, batch, repeats)  # noqa: E731
    return Item("step", what, batch, measure, of_step(trainer, batch))


def _samples(trainer: Trainer, batch: int) -> Item:
    part, sampler, model = part_size(batch), trainer.prior_sampler.settled(), trainer.model
    draw = tf.function(
        lambda first: sample_part(model, sampler, first, tf.constant(part), tf.constant(0)), autograph=False
    )
    what = f"latents by {_steps(sampler)}, and their images"
    latents = chain_flops.of_prior_sampler(sampler, model, part)
    flops = None if latents is None else latents.plus(chain_flops.of_decoding(model, part))
    return Item("samples", what, part, lambda repeats: times_of(lambda i: draw(tf.constant(i * part)), repeats), flops)


def _scores(trainer: Trainer, batch: int) -> Item:
    part = part_size(batch)
    context = EvaluationContext(
        trainer.model, trainer.posterior_sampler.settled(), trainer.prior_sampler.settled(), images=_no_images
    )
    step, images, key = score_step(context), random_images(trainer.model, part), context.root(0).key
    what = "all terms of log p(x, z), one posterior sample each"
    measure = lambda repeats: times_of(lambda i: step(images, i * part, key), repeats)  # noqa: E731
    return Item("scores", what, part, measure, _score_flops(trainer, part))


def _score_flops(trainer: Trainer, part: int) -> Flops | None:
    model = trainer.model
    posterior = chain_flops.of_posterior_sampler(trainer.posterior_sampler, model, part)
    if posterior is None or model.tilting.has_local_normalizers:
        return None
    specs = [chain_flops.image_spec(model, part), *chain_flops.latent_specs(model, part)]
    terms = of_function(lambda x, *z: model.density_terms(x, z, seeds.root_seed(0)), specs)
    return posterior.plus(terms)


def _features(network: FeatureNetwork, images: np.ndarray) -> Item:
    compute, pixels = tf.function(network.compute, autograph=False), tf.constant(images)
    flops = of_function(network.compute, [tf.TensorSpec(images.shape, tf.uint8)])
    return Item(
        "inception", network.name, len(images), lambda repeats: times_of(lambda _: compute(pixels), repeats), flops
    )


def _seeded(draw: Callable[[tf.Tensor], Any]) -> Callable[[int], Any]:
    return lambda turn: draw(seeds.root_seed(turn).key)


def _steps(sampler: Any) -> str:
    """A sampler in a few words: how many steps in which space, or its kind."""
    if not hasattr(sampler, "num_steps"):
        return type(sampler).__name__
    return f"{sampler.num_steps} Langevin steps in {sampler.space}"


def _no_images(split: str, **settings):
    raise AssertionError("a benchmark reads no images")
