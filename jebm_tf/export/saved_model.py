"""SavedModels of trained models, for use where this library is not installed."""

from pathlib import Path

import keras
import tensorflow as tf

from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.sampling import BLOCK
from jebm_tf.data.preprocessing import Preprocessing
from jebm_tf.export import readme
from jebm_tf.export.endpoints import Endpoints
from jebm_tf.models.joint import JointModel
from jebm_tf.storage import durable

NUM_SAMPLES = 5  # posterior samples of each picture that is scored
_NUMBER = tf.TensorSpec([], tf.int32)
_PICTURES = tf.TensorSpec([None, None, None, None], tf.uint8)


def export(
    model: JointModel,
    posterior: PosteriorSampler,
    prior: PriorSampler,
    directory: Path,
    *,
    batch_size: int = BLOCK,
    preprocessing: Preprocessing | None = None,
    card: str = "",
) -> None:
    """Writes a SavedModel with the endpoints of `Endpoints`, and a README.md beside it.

    The graphs are traced without XLA, so that any TensorFlow can run them; `jit="auto"` chains must therefore be
    given as `jit=False`.

    Args:
      model: with trained weights.
      posterior, prior: how the endpoints draw z given x, and z.
      directory: where to write; must not exist or be empty.
      batch_size: samples that are computed at once, see `part_size`.
      preprocessing: of pictures that come in; scaling to the model's size alone unless given.
      card: what the README says of this model beside how to use it, in Markdown.
    """
    shape = model.backbone.image_shape
    posterior, prior = posterior.settled(), prior.settled()  # an export has no variables but the model's
    made = Endpoints(model, posterior, prior, preprocessing or Preprocessing(shape), batch_size, NUM_SAMPLES)
    images = tf.TensorSpec([None, *shape], tf.float32)
    archive = keras.export.ExportArchive()
    archive.track(model)
    signatures = {
        "sample_images": (made.sample_images, [_NUMBER, _NUMBER]),  # the first is serving_default, too
        "sample": (made.sample, [_NUMBER, _NUMBER]),
        "reconstruct": (made.reconstruct, [images, _NUMBER]),
        "reconstruct_images": (made.reconstruct_images, [_PICTURES, _NUMBER]),
        "log_density": (made.log_density, [images, _NUMBER]),
        "score_images": (made.score_images, [_PICTURES, _NUMBER]),
    }
    for name, (function, signature) in signatures.items():
        archive.add_endpoint(name, function, input_signature=signature)
    archive.write_out(str(directory), verbose=False)
    durable.write_text(directory / "README.md", readme.text(model, NUM_SAMPLES, card))
