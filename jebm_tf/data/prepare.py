"""Writes local images as a tensorflow-datasets directory, which is then served under the data set's own name."""

import dataclasses
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from tqdm import tqdm

from jebm_tf.data import folder, folder_files, npz
from jebm_tf.data.images import ImageSet
from jebm_tf.data.reading import Reading
from jebm_tf.errors import UserError
from jebm_tf.storage import durable

_VERSION = "1.0.0"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def prepare(source: Path, name: str, data_dir: Path, *, channels: int = 3) -> Path:
    """Writes the images of `source` as data set `name` below `data_dir`.

    Args:
      source: an .npz (arrays x_SPLIT and, optionally, y_SPLIT), or a folder of images, whose subfolders called train
        and test are splits.
      name: a tensorflow-datasets name, such as "svhn_cropped", or a new one.
      data_dir: the tensorflow-datasets directory to write below.
      channels: for a folder, 1 for grey, 3 for RGB.

    Returns:
      The folder written.

    Raises:
      UserError: `source` holds no images, or the data set is already there.
    """
    # Here, since this module is part of the library that training imports, and the package takes a second to load.
    import tensorflow_datasets as tfds  # noqa: PLC0415

    target = data_dir / name
    if not _NAME.fullmatch(name):
        raise UserError(f"--name={name}: must be lower-case letters, digits and underscores, a letter first")
    if target.exists():
        raise UserError(f"{target}: already exists; remove it first, or choose another --name or --output")
    splits = _read(source, channels)
    tfds.disable_progress_bar()  # ours counts images; theirs flickers through every stage
    try:
        with durable.drafted(target) as draft:
            _store(tfds, name, splits, draft)
    except OSError as error:
        raise UserError(f"{data_dir}: cannot be written ({error}); choose another --output") from error
    return target / _VERSION


def _store(tfds, name: str, splits: dict[str, ImageSet], draft: Path) -> None:
    """Writes what is to become the data set's folder."""
    with redirect_stdout(io.StringIO()):  # it says that it downloads
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version=_VERSION,
            features=_features(tfds, splits),
            split_datasets={split: _rows(images, f"{name} {split}") for split, images in splits.items()},
            data_dir=draft,
            disable_shuffling=True,
        )
    (draft / name / _VERSION).replace(draft / _VERSION)
    (draft / name).rmdir()


def _read(source: Path, channels: int) -> dict[str, ImageSet]:
    if source.is_file():
        return _agreed({split: npz.load(source, split) for split in npz.splits(source)})
    if not source.is_dir():
        raise UserError(f"{source}: no such file or folder; give an .npz or a folder of images")
    found = folder_files.splits(source)
    return _agreed({split: folder.load(source, split, channels, Reading()) for split in found or ["train"]})


def _agreed(splits: dict[str, ImageSet]) -> dict[str, ImageSet]:
    """The splits, if they can be one data set, whose images are of one size and all labelled, or none."""
    shapes = {split: images.images.shape[1:] for split, images in splits.items()}
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{split} {'x'.join(map(str, shape))}" for split, shape in shapes.items())
        raise UserError(f"the splits have images of different sizes ({found}); scale all to one size first")
    without = [split for split, images in splits.items() if images.labels is None]
    if without and len(without) < len(splits):
        print(f"no labels are written, since {', '.join(without)} has none", flush=True)
        return {split: dataclasses.replace(images, labels=None) for split, images in splits.items()}
    return splits


def _features(tfds, splits: dict[str, ImageSet]):
    first = next(iter(splits.values()))
    features = {"image": tfds.features.Image(shape=first.images.shape[1:], encoding_format="png")}
    labels = [images.labels for images in splits.values() if images.labels is not None]
    if len(labels) == len(splits):
        names = next(iter(splits.values())).class_names
        classes = 1 + max(int(of_split.max()) for of_split in labels)
        given = {"names": names} if names else {"num_classes": classes}
        features["label"] = tfds.features.ClassLabel(**given)
    return tfds.features.FeaturesDict(features)


def _rows(images: ImageSet, description: str) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """(key, example) pairs, in order, with a progress bar on a terminal."""
    for i in tqdm(range(len(images)), desc=description, unit=" images", disable=None):
        row = {"image": images.images[i]}
        if images.labels is not None:
            row["label"] = int(images.labels[i])
        yield i, row
