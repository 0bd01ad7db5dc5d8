"""The README.md of an export: how to use it, and what model it is."""

from jebm_tf.models.joint import JointModel


def text(model: JointModel, num_samples: int, card: str = "") -> str:
    """The whole file.

    Args:
      model: that is exported.
      num_samples: posterior samples of each picture that is scored.
      card: sections on this very model, in Markdown.
    """
    height, width, channels = model.backbone.image_shape
    layers = ", ".join(str(dim) for dim in model.dims)
    return f"""# A joint latent-space EBM prior model

Images {height}x{width}x{channels}, latent layers (bottom first) of {layers} dimensions. Needs TensorFlow only.

```python
import tensorflow as tf

model = tf.saved_model.load(".")  # this folder
pictures = model.sample_images(num=16, seed=0)  # [16, {height}, {width}, {channels}], uint8
tf.io.write_file("first.png", tf.io.encode_png(pictures[0]))

mine = tf.io.decode_image(tf.io.read_file("first.png"))[tf.newaxis]  # uint8, [1, height, width, channels], any size
scores = model.score_images(images=mine, seed=0)  # a dictionary of [1]; log_joint is the score of an anomaly
rebuilt = model.reconstruct_images(images=mine, seed=0)  # uint8
print({{name: float(value[0]) for name, value in scores.items()}}, rebuilt.shape)
```

Pictures in, pictures out. The run's own cut, scaling and channels are in the graph:

- `sample_images(num, seed)`: samples of the learned prior. One seed gives one sequence of images: asking for more
  continues it. This is also `serving_default`.
- `score_images(images, seed)`: uint8 `[number, height, width, channels]` of any size, grey, RGB or RGBA. Each score is
  the mean over {num_samples} samples of z given the image: `log_likelihood` (log p(x|z)), `log_prior_i` and `f_i` of
  each layer (1 is next to the image), `f`, the sum of the f_i, `log_joint`, the sum of all these terms, in nats, and
  `squared_error`, the mean over pixels in [-1, 1]. The prior's normalising constant, the same for every image, is left
  out. The lower `log_joint`, the more anomalous the image. Where the energies are normalised layer by layer
  ("conditional tilting"), `minus_log_z_i` are there too. The scores of up to 256 images in a call are those of
  `bin/score`.
- `reconstruct_images(images, seed)`: pictures to samples of z given them, decoded.

Images in [-1, 1], float32 `[number, {height}, {width}, {channels}]`, in and out, for those who compute with them;
pixels from 0 to 255 are refused:

- `sample(num, seed)`, `reconstruct(x, seed)`
- `log_density(x, seed)`: the terms of one posterior sample.

By TensorFlow Serving's REST interface, with this folder as version 1 of a model called `jebm`:

```
POST /v1/models/jebm:predict
{{"signature_name": "sample_images", "inputs": {{"num": 16, "seed": 0}}}}
```

{card}"""
