"""Floating-point operations of samplers: so many gradients by z, and what comes before and after them."""

import tensorflow as tf

from jebm_tf.benchmark import gradient_flops
from jebm_tf.benchmark.layer_flops import Flops
from jebm_tf.chains.inference import InferenceSampler
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.settings import ChainSettings
from jebm_tf.chains.targets import posterior_in_noise, posterior_in_z, prior_in_noise, prior_in_z
from jebm_tf.models.joint import JointModel
from jebm_tf.types import LogDensity


def latent_specs(model: JointModel, batch: int) -> list[tf.TensorSpec]:
    """What a batch of latents looks like, or of noise."""
    return [tf.TensorSpec((batch, dim)) for dim in model.dims]


def image_spec(model: JointModel, batch: int) -> tf.TensorSpec:
    """What a batch of images looks like."""
    return tf.TensorSpec((batch, *model.backbone.image_shape))


def of_decoding(model: JointModel, batch: int) -> Flops:
    """From latents to images."""
    return gradient_flops.of_function(lambda *z: model.decode(z), latent_specs(model, batch))


def of_transform(model: JointModel, batch: int) -> Flops:
    """From noise to latents of the Gaussian prior."""
    return gradient_flops.of_function(lambda *noise: model.transform(noise), latent_specs(model, batch))


def of_prior_sampler(sampler: PriorSampler, model: JointModel, batch: int, *, observed: bool = False) -> Flops | None:
    """Of `batch` samples of the prior; None for samplers other than a chain.

    A chain whose acceptance is `observed` looks at one gradient more, at its end.
    """
    if not isinstance(sampler, PriorChain) or model.tilting.has_local_normalizers:
        return None
    if not model.energies:
        return of_transform(model, batch)
    target = sampler.in_own_space(prior_in_z, prior_in_noise)(model)
    return _of_chain(sampler, target, model, batch, sampler.adjusted or observed)


def of_posterior_sampler(sampler: PosteriorSampler, model: JointModel, batch: int) -> Flops | None:
    """Of a sample of z for each of `batch` images; None for samplers other than a chain or an inference network."""
    if isinstance(sampler, InferenceSampler):
        specs = [image_spec(model, batch), *latent_specs(model, batch)]
        return gradient_flops.of_function(lambda x, *noise: model.infer(x, noise).z, specs)
    if not isinstance(sampler, PosteriorChain):
        return None
    images = tf.zeros(image_spec(model, batch).shape)
    climb = 1.0 if sampler.climb is None else sampler.climb
    target = sampler.in_own_space(posterior_in_z, posterior_in_noise)(model, images, climb)
    return _of_chain(sampler, target, model, batch, sampler.adjusted)


def _of_chain(chain: ChainSettings, target: LogDensity, model: JointModel, batch: int, one_more: bool) -> Flops:
    """Of all steps, from noise to latents: through the prior where a chain starts from it, or moves ε, once."""
    one = gradient_flops.of_input_gradient(lambda *position: target(position), latent_specs(model, batch))
    through_prior = chain.starts_through_prior or chain.space == "eps"
    around = of_transform(model, batch) if through_prior else Flops()
    return one.times(chain.num_steps + one_more).plus(around)
