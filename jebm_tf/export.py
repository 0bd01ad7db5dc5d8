"""SavedModels of trained models, for use where this library is not installed."""

from pathlib import Path

import keras
import tensorflow as tf

from jebm_tf import seeds
from jebm_tf.chains.sampler import PosteriorSampler, PriorSampler
from jebm_tf.chains.sampling import BLOCK, sample_images
from jebm_tf.models.joint import JointModel
from jebm_tf.storage import durable

_NUMBER = tf.TensorSpec([], tf.int32)


def export(
    model: JointModel, posterior: PosteriorSampler, prior: PriorSampler, directory: Path, batch_size: int = BLOCK
) -> None:
    """Writes a SavedModel with the endpoints `sample`, `reconstruct` and `log_density`, and a README.md beside it.

    The graphs are traced without XLA, so that any TensorFlow can run them; `jit="auto"` chains must therefore be
    given as `jit=False`.

    Args:
      model: with trained weights.
      posterior, prior: how the endpoints draw z given x, and z.
      directory: where to write; must not exist or be empty.
      batch_size: samples that `sample` computes at once, see `part_size`.
    """
    posterior, prior = posterior.settled(), prior.settled()  # an export has no variables but the model's
    images = tf.TensorSpec([None, *model.backbone.image_shape], tf.float32)

    def sample(num, seed):
        return sample_images(model, prior, num, seed, batch_size)

    def reconstruct(x, seed):
        return model.decode(posterior.sample(model, x, seeds.root_seed(seed)))

    def log_density(x, seed):
        return log_density_terms(model, x, posterior, seed)

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("sample", sample, input_signature=[_NUMBER, _NUMBER])
    archive.add_endpoint("reconstruct", reconstruct, input_signature=[images, _NUMBER])
    archive.add_endpoint("log_density", log_density, input_signature=[images, _NUMBER])
    archive.write_out(str(directory), verbose=False)
    durable.write_text(directory / "README.md", _readme(model))


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


def _readme(model: JointModel) -> str:
    height, width, channels = model.backbone.image_shape
    layers = ", ".join(str(dim) for dim in model.dims)
    return f"""# A joint latent-space EBM prior model

Images {height}x{width}x{channels}, latent layers (bottom first) of {layers} dimensions. Needs TensorFlow only.

```python
import tensorflow as tf

model = tf.saved_model.load(".")  # this folder
images = model.sample(num=16, seed=0)  # [16, {height}, {width}, {channels}], float32 in [-1, 1]
pixels = tf.cast(tf.round((images + 1.0) * 127.5), tf.uint8)
tf.io.write_file("first.png", tf.io.encode_png(pixels[0]))

rebuilt = model.reconstruct(x=images, seed=0)  # through one posterior sample of each image
terms = model.log_density(x=images, seed=0)  # a dictionary of [16], in nats
print({{name: float(tf.reduce_mean(value)) for name, value in terms.items()}})
```

- `sample(num, seed)`: samples of the learned prior, decoded. One seed gives one sequence of images: asking for more
  continues it.
- `reconstruct(x, seed)`: x to a sample of z given x, decoded.
- `log_density(x, seed)`: `log_likelihood` (log p(x|z)), `log_prior_i` and `f_i` of each layer (1 is next to the image)
  and `log_joint`, their sum; the prior's normalising constant, the same for every x, is left out. Where the energies
  are normalised layer by layer ("conditional tilting"), `minus_log_z_i` are there too.
"""
