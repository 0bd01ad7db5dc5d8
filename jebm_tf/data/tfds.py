"""Images from tensorflow-datasets, by name: from its directory on disk, or downloaded where there is a network."""

import dataclasses
import difflib
import logging
import socket
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tqdm import tqdm

from jebm_tf.data.decoding import Sink
from jebm_tf.data.images import eight_bits
from jebm_tf.data.reading import Reading
from jebm_tf.errors import UserError

_HOST = ("storage.googleapis.com", 443)  # where tensorflow-datasets keeps what it knows of every data set


@dataclasses.dataclass(frozen=True)
class TfdsImages:
    """Images and labels of a tensorflow-datasets data set, in the order of its files.

    Attributes:
      name: for example "svhn_cropped".
      data_dir: a tensorflow-datasets directory; None for the default one, ~/tensorflow_datasets.
      split: for example "train".
      reading: what is done to each image as it is read, so that large originals never pile up.
    """

    name: str
    data_dir: str | None
    split: str
    reading: Reading

    def key(self) -> list[Any]:
        """What decides on the pixels: the data set's files, its split and how images are read."""
        place = Path(_builder(_tfds(), self.name, self.data_dir).data_path)
        files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(place.iterdir())]
        return ["tfds", str(place.resolve()), self.split, dataclasses.asdict(self.reading), files]

    def decode(self, sink: Sink) -> dict[str, Any]:
        """Puts all images into a sink, and returns what else an `ImageSet` is made of.

        Raises:
          UserError: no such data set or split, or neither on disk nor to be downloaded.
        """
        tfds = _tfds()
        builder = _builder(tfds, self.name, self.data_dir)
        try:
            data = builder.as_dataset(split=self.split, read_config=tfds.ReadConfig(try_autocache=False))
        except ValueError as error:
            known = ", ".join(builder.info.splits)
            raise UserError(f"{self.name}: no split {self.split!r}, only {known}; set load_images.split") from error
        labels = []
        for row in tqdm(
            tfds.as_numpy(data), total=len(data), desc=self.name, unit=" images", disable=None, leave=False
        ):
            where = f"{self.name} {self.split}"
            sink.add(self.reading.finish(eight_bits(row["image"], where)), where)
            labels.append(row.get("label", -1))
        unlabelled = all(np.isscalar(label) and label == -1 for label in labels)
        return {
            "source": f"{self.name} {self.split} in {builder.data_path}",
            "labels": None if unlabelled else np.asarray(labels),
            "class_names": _class_names(builder),
        }


def _tfds() -> ModuleType:
    # Here, since it takes a second that runs on local files need not wait for.
    import tensorflow_datasets as tfds  # noqa: PLC0415

    return tfds


def _class_names(builder) -> tuple[str, ...]:
    """What the data set calls its classes; those of MNIST are called by their numbers, which is no name."""
    features = builder.info.features
    names = getattr(features["label"], "names", None) or [] if "label" in features else []
    return () if names == [str(i) for i in range(len(names))] else tuple(names)


def _builder(tfds, name: str, data_dir: str | None):
    """What is on disk, read by the features written beside it; else what tensorflow-datasets can download."""
    not_found = tfds.core.registered.DatasetNotFoundError
    try:
        return tfds.core.read_only_builder.builder_from_files(name, data_dir=data_dir)
    except not_found:
        pass
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except not_found as error:
        near = difflib.get_close_matches(name, tfds.list_builders(with_community_datasets=False), 1)
        hint = (
            f"did you mean {near[0]!r}?" if near else "give a tensorflow-datasets name, an .npz or a folder of images"
        )
        raise UserError(f"load_images.dataset = {name!r}: tensorflow-datasets does not know it; {hint}") from error
    _download(tfds, builder, name)
    return builder


def _download(tfds, builder, name: str) -> None:
    missing = f"{name}: not in {builder.data_path}, and no image files beside it either; "
    way_out = (
        "; point --data_dir at a tensorflow-datasets directory, an .npz or a folder of images (bin/prepare_data makes"
        " the first from the others)"
    )
    if not _online():
        raise UserError(f"{missing}it cannot be downloaded: no network connection{way_out}")
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        builder.download_and_prepare()
    except (AssertionError, ImportError) as error:  # what is to be downloaded by hand, or needs another package
        raise UserError(f"{missing}it cannot be downloaded here ({_one_line(error)}){way_out}") from error
    except (OSError, tfds.download.DownloadError) as error:
        raise UserError(f"{missing}the download failed ({_one_line(error)}){way_out}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _online() -> bool:
    """Whether a download can begin at all: without this look, ten retries for every file take minutes to say no."""
    if urllib.request.getproxies():
        return True
    try:
        socket.create_connection(_HOST, timeout=5).close()
    except OSError:
        return False
    return True
