"""Floating-point operations of a trainer's whole step: z+, z−, the objective and its gradient by the weights."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from jebm_tf.benchmark.chain_flops import image_spec, latent_specs, of_posterior_sampler, of_prior_sampler
from jebm_tf.benchmark.gradient_flops import of_weight_gradient
from jebm_tf.benchmark.layer_calls import trace
from jebm_tf.benchmark.layer_flops import Flops, total
from jebm_tf.objectives.ebm import ebm_terms
from jebm_tf.objectives.elbo import elbo_terms
from jebm_tf.objectives.mle import mle_terms
from jebm_tf.objectives.variational import variational_terms
from jebm_tf.trainers.base import Trainer
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.elbo import ELBOTrainer
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.report import learning_scalars
from jebm_tf.trainers.variational import VariationalTrainer
from jebm_tf.types import Latents

_Objectives = Mapping[str, tf.Tensor]  # what each of the model's parts climbs, by name


def of_step(trainer: Trainer, batch: int) -> Flops | None:
    """Of one step on `batch` images; None for trainers and samplers that are none of those known here.

    Norms of gradients, the optimizer and spectral penalties are not counted: they grow with the weights, not with the
    batch.
    """
    learn = _LEARNING.get(type(trainer))
    if learn is None:
        return None
    parts: list[Flops | None] = [_of_learning(trainer, learn, batch)]
    if isinstance(trainer, MLETrainer | EBMTrainer):  # elsewhere q is a part of the objective
        parts.append(of_posterior_sampler(trainer.posterior_sampler, trainer.model, batch))
    if trainer.model.energies:
        parts.append(_of_negative_samples(trainer, batch))
    found = Flops()
    for part in parts:
        if part is None:
            return None
        found = found.plus(part)
    return found


def _of_negative_samples(trainer: Trainer, batch: int) -> Flops | None:
    sampler = trainer.prior_sampler
    if trainer.adapted is not None or trainer.bank is not None:
        sampler = sampler.as_chain("a bank, or δ that adapts,").in_learning()
    return of_prior_sampler(sampler, trainer.model, batch, observed=trainer.adapted is not None)


def _of_learning(trainer: Trainer, learn: Callable[..., Any], batch: int) -> Flops:
    """Of the objective at z+ and z−, of what is reported of it, and of one way back for each objective."""
    layers = len(trainer.model.dims)

    def terms(x, *latents):
        z_prior = latents[layers:] if trainer.model.energies else None
        objectives, reported = learn(trainer, x, latents[:layers], z_prior)
        names.append({name: list(map(id, objectives.values())).index(id(o)) for name, o in objectives.items()})
        return list(objectives.values()), reported

    names: list[dict[str, int]] = []
    specs = [image_spec(trainer.model, batch), *latent_specs(trainer.model, batch), *latent_specs(trainer.model, batch)]
    found = trace(terms, specs)
    flops = total(found.used())
    for place in set(names[0].values()):
        parts = [trainer.model.parts[name] for name, at in names[0].items() if at == place]
        weights = [weight for part in parts for weight in part.trainable_variables]
        flops = flops.plus(of_weight_gradient(found, found.outputs[place], weights))
    return flops


def _mle(trainer: MLETrainer, x: tf.Tensor, z: Latents, z_prior: Latents | None):
    terms = mle_terms(trainer.model, x, z, z_prior)
    objective = trainer.learning_objective(terms)
    return dict.fromkeys(trainer.model.parts, objective), learning_scalars(trainer.model, terms, z)


def _variational(trainer: VariationalTrainer, x: tf.Tensor, noise: Latents, z_prior: Latents | None):
    inferred = trainer.model.infer(x, noise)
    terms = variational_terms(trainer.model, x, inferred, z_prior)
    return trainer.objectives(terms), learning_scalars(trainer.model, terms.learning, inferred.z)


def _elbo(trainer: ELBOTrainer, x: tf.Tensor, noise: Latents, z_prior: Latents | None):
    del z_prior
    terms = elbo_terms(trainer.model.backbone, x, trainer.model.backbone.forward_pass(x, noise, training=True))
    return dict.fromkeys(trainer.model.parts, trainer.objective(terms)), terms.log_likelihood


def _ebm(trainer: EBMTrainer, x: tf.Tensor, z: Latents, z_prior: Latents):
    del x
    terms = ebm_terms(trainer.model, z, z_prior)
    return dict.fromkeys(trainer.model.energy_parts, tf.reduce_mean(terms.surrogate)), ()


_LEARNING: dict[type[Trainer], Callable[..., Any]] = {
    MLETrainer: _mle,
    VariationalTrainer: _variational,
    ELBOTrainer: _elbo,
    EBMTrainer: _ebm,
}
