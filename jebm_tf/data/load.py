"""One entrance to every source of images."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jebm_tf.data import decoding, digits, folder, folder_files, npz, tfds
from jebm_tf.data.images import ImageSet
from jebm_tf.data.joined_split import JoinedSplit
from jebm_tf.data.reading import Reading
from jebm_tf.errors import UserError

DIGITS = "digits"


def load_images(
    dataset: str | Callable[[str], ImageSet] | None = DIGITS,
    *,
    data_dir: str | None = None,
    split: str = "train",
    channels: int = 3,
    crop: int | None = None,
    size: int | None = None,
    limit: int | None = None,
    exclude_labels: Sequence[int | str] = (),
    keep_excluded: bool = False,
    join: JoinedSplit | None = None,
    bits: int = 8,
    flips: bool = False,
    background: int = 255,
    test_share: float = 0.0,
    skip_broken: bool = False,
    cache_dir: str | None = None,
) -> ImageSet:
    """The images called `dataset`, in memory unless there is a `cache_dir`.

    Args:
      dataset: "digits" (scikit-learn's, embedded), an .npz, a folder of images (with a slash in it), the name of a
        tensorflow-datasets data set, or a function of one's own from the split's name to an `ImageSet`.
      data_dir: for a tensorflow-datasets name, where to look for the images: a tensorflow-datasets directory (None
        for its own default, which downloads), or a local copy to take instead, .npz or folder of images.
      split: which part; a tensorflow-datasets split expression is allowed for its data sets.
      channels: 1 or 3; a folder's images are converted, others must agree.
      crop, size: centre crop and side in pixels, see `centre_crop_and_resize`.
      limit: keep only the first so many images.
      exclude_labels: leave out the images of these classes, before `limit` counts; numbers, or names of classes where
        the source has them (the subfolders of a labelled folder, see `folder.load`).
      keep_excluded: keep them after all, of joined splits in "test" alone.
      join: splits anew what the data set has as train and test.
      bits: of each pixel that are kept, from the highest; gin files set a likelihood's by the same macro, `bits`.
      flips: see `ImageSet`.
      background: of a folder's pictures, the grey level, from 0 to 255, under transparent pixels.
      test_share: of a folder without splits, the share of its files that are "test"; 0 for all, see `folder.load`.
      skip_broken: leave out a folder's files that cannot be read, with their number in the source; else an error.
      cache_dir: where decoded images of folders and tensorflow-datasets are kept, to be read by index: memory then
        holds those in use alone, unless there is a `join`.

    Raises:
      UserError: the images are not there, cannot be read, or are not what was asked for.

    Example:
      >>> images = jebm.load_images("digits", split="train", channels=1, limit=5)
      >>> images.images.shape, images.labels.tolist()
      ((5, 8, 8, 1), [0, 1, 2, 3, 4])
    """
    _check_settings(bits, background, test_share, crop=crop, size=size, limit=limit)
    reading = Reading(crop, size, bits, background, test_share, skip_broken)
    read = functools.partial(
        _read, dataset=dataset, data_dir=data_dir, cache_dir=cache_dir, channels=channels, reading=reading
    )
    images = _part(read, split, join, exclude_labels, keep_excluded)
    _check_channels(images, channels)
    return dataclasses.replace(images.take(slice(limit)), flips=flips, bits=bits)


def _read(
    split: str,
    *,
    dataset: str | Callable[[str], ImageSet] | None,
    data_dir: str | None,
    cache_dir: str | None,
    channels: int,
    reading: Reading,
) -> ImageSet:
    if dataset is None and data_dir is None:
        raise UserError(
            "load_images.dataset = None: no data set; for ood name a second one, for example"
            " --gin_param=\"out/load_images.dataset = 'svhn_cropped'\" (and out/load_images.data_dir)"
        )
    if callable(dataset):
        return _finished(_own(dataset, data_dir, split), reading)
    local = _local_copy(dataset, data_dir)
    if dataset == DIGITS and data_dir is None:
        return _finished(digits.load(split), reading)
    if local is None and dataset is not None:
        return decoding.load(tfds.TfdsImages(dataset, data_dir, split, reading), cache_dir)
    assert local is not None
    if not local.exists():
        raise UserError(f"{local}: no such file or folder; give the .npz or the folder that holds the images")
    if local.is_file():
        return _finished(npz.load(local, split), reading)
    return decoding.load(folder.FolderImages(local, split, channels, reading), cache_dir)


def _finished(images: ImageSet, reading: Reading) -> ImageSet:
    return dataclasses.replace(images, images=reading.finish(np.asarray(images.images)))


def _part(
    read: Callable[[str], ImageSet],
    split: str,
    join: JoinedSplit | None,
    exclude: Sequence[int | str],
    keep_excluded: bool,
) -> ImageSet:
    """The images of a split without the excluded classes, unless these are kept."""
    if join is None:
        return _without(read(split), () if keep_excluded else exclude)
    train, test = read("train"), read("test")
    left_out = _numbers(train, exclude)
    images = join.part(train, test, split, left_out, keep_excluded)
    return dataclasses.replace(images, left_out=left_out)


def _own(dataset: Callable, data_dir: str | None, split: str) -> ImageSet:
    setting = f"load_images.dataset = @{getattr(dataset, '__name__', dataset)}"
    if data_dir is not None:
        raise UserError(f"{setting}: reads its images itself; remove --data_dir (load_images.data_dir)")
    found = dataset(split)
    if not isinstance(found, ImageSet):
        raise UserError(f"{setting}: returned {type(found).__name__}, but must return an ImageSet")
    return found


def _without(images: ImageSet, excluded: Sequence[int | str]) -> ImageSet:
    labels = _numbers(images, excluded)
    if not labels or images.labels is None:
        return images
    kept = ~np.isin(images.labels, labels)
    if not kept.any():
        raise UserError(f"{images.source}: load_images.exclude_labels = {excluded} leaves no image")
    source = f"{images.source} without {', '.join(map(images.name_of, sorted(labels)))}"
    return dataclasses.replace(images.take(np.flatnonzero(kept)), source=source, left_out=labels)


def _check_channels(images: ImageSet, channels: int) -> None:
    found = images.images.shape[-1]
    if found != channels:
        raise UserError(
            f"{images.source}: channels per image: {found}, but load_images.channels = {channels}; set it to {found} if"
            " the model is for such images, or take a gin file that is"
        )


def _numbers(images: ImageSet, excluded: Sequence[int | str]) -> tuple[int, ...]:
    """The labels of the classes to leave out. A class with a name may have no image in this split."""
    if excluded and images.labels is None:
        raise UserError(f"{images.source}: no labels, so load_images.exclude_labels = {excluded} has no effect")
    names, present = images.class_names, set(() if images.labels is None else images.labels.tolist())
    absent = next((x for x in excluded if x not in names and x not in range(len(names)) and x not in present), None)
    if absent is not None:
        known = f"; its classes are {', '.join(names)}" if names else ""
        raise UserError(f"{images.source}: no image has the label {absent!r} of load_images.exclude_labels{known}")
    return tuple(names.index(label) if isinstance(label, str) else label for label in excluded)


def _check_settings(bits: int, background: int, test_share: float, **counts: int | None) -> None:
    for name, value in counts.items():
        if value is not None and (not isinstance(value, int) or value < 1):
            raise UserError(f"load_images.{name} = {value!r}: must be an integer, 1 or more, or None")
    if counts["crop"] is not None and counts["size"] is None:
        raise UserError(f"load_images.crop = {counts['crop']} without load_images.size: set the side to scale to, too")
    if bits not in range(1, 9):
        raise UserError(f"load_images.bits = {bits!r}: must be from 1 to 8")
    if background not in range(256):
        raise UserError(f"load_images.background = {background!r}: must be from 0 to 255")
    if not 0.0 <= test_share < 1.0:
        raise UserError(f"load_images.test_share = {test_share!r}: must be from 0 to below 1")


def _local_copy(dataset: str | None, data_dir: str | None) -> Path | None:
    """The file or folder to read, or None where it is a matter for tensorflow-datasets."""
    if dataset is None:
        return Path(data_dir or "").expanduser()
    if dataset.endswith(".npz") or ("/" in dataset and Path(dataset).expanduser().is_dir()):
        return Path(dataset).expanduser()
    if data_dir is None:
        return None
    given = Path(data_dir).expanduser()
    if given.suffix == ".npz" or not given.exists():
        return given
    is_tfds = (given / dataset.split("/", maxsplit=1)[0].split(":", maxsplit=1)[0]).is_dir()
    return given if not is_tfds and folder_files.pictures(given) else None
