"""bin/prepare_data: turns an .npz or a folder of images into a tensorflow-datasets directory.

Examples:
  bin/prepare_data --source=mnist.npz --name=mnist --output=data
  bin/prepare_data --source=parts --name=parts --channels=1 --output=data
"""

from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app

_SOURCE = flags.DEFINE_string(
    "source", None, "An .npz with x_train, y_train, x_test, y_test, or a folder of images (train/ and test/). Required."
)
_NAME = flags.DEFINE_string("name", None, "The data set's name, such as svhn_cropped. Required.")
_OUTPUT = flags.DEFINE_string("output", None, "The directory to hand to bin/train as --data_dir. Required.")
_CHANNELS = flags.DEFINE_enum("channels", "3", ["1", "3"], "For a folder: 1 for grey images, 3 for RGB.")


def main() -> None:
    """Converts."""
    source, name, output = (app.require(flag) for flag in ("source", "name", "output"))

    app.import_tensorflow()
    from jebm_tf.data.prepare import prepare

    written = prepare(Path(source), name, Path(output), channels=int(_CHANNELS.value))
    answer.add(written=written, data_dir=output, dataset=name)
    print(f"{written}: use it by --data_dir={output} --gin_param=\"load_images.dataset = '{name}'\"")


def entry() -> None:
    """The console script jebm-prepare-data."""
    app.run(main)
