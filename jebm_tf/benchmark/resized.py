"""The same model with another number of layers or other widths, with new weights: for cost against size."""

import keras

from jebm_tf.errors import UserError
from jebm_tf.models.backbones.shallow import ShallowBackbone
from jebm_tf.models.generator import Generator
from jebm_tf.models.joint import JointModel
from jebm_tf.models.prior import GaussianPrior
from jebm_tf.models.shallow_model import shallow_model


def resized(model: JointModel, *, layers: int | None = None, width: float = 1.0) -> JointModel:
    """A model like this one.

    Args:
      model: on a shallow backbone, with an energy head for each layer or none.
      layers: of latents; those that are added above are as large as its top one. None for as many as it has.
      width: factor of all hidden widths and channels; latents and images stay as they are.

    Raises:
      UserError: it is another kind of model.
    """
    backbone = model.backbone
    if not isinstance(backbone, ShallowBackbone) or not isinstance(backbone.generator, Generator):
        raise UserError(f"{type(backbone).__name__} on its own generator: only shallow models are resized")
    if not model.layerwise or not isinstance(backbone.prior, GaussianPrior):
        raise UserError("only models with one energy head for each layer, on a GaussianPrior, are resized")
    number = layers or len(model.dims)
    dims = [*model.dims, *[model.dims[-1]] * number][:number]
    heads = model.energies and [*model.energies, *[model.energies[-1]] * number][:number]
    return shallow_model(
        _wider(backbone.generator, width),
        _wider(backbone.prior, width, dims=dims),
        [_wider(head, width) for head in heads],
        likelihood=backbone.likelihood,
        inference=None if backbone.inference is None else _wider(backbone.inference, width),
    )


def _wider(part: keras.Model, width: float, **settings) -> keras.Model:
    """A part with its own settings, but for widths and what is given."""
    config = part.get_config()
    if "hidden" in config:
        hidden = config["hidden"]
        config["hidden"] = _scaled(hidden, width) if isinstance(hidden, int) else [_scaled(h, width) for h in hidden]
    if "stages" in config:
        stages = [(_scaled(stage[0], width), *stage[1:]) for stage in config["stages"]]
        if isinstance(part, Generator):  # whose last stage has the image's channels
            stages[-1] = config["stages"][-1]
        config["stages"] = stages
    return type(part).from_config(config | settings)


def _scaled(width: int, factor: float) -> int:
    return max(1, round(factor * width))
