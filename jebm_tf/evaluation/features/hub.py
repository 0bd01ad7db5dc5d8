"""The Inception graph that tensorflow-gan's distances are made of, from TensorFlow Hub."""

import hashlib
import http.client
import os
import tarfile
import tempfile
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from jebm_tf.errors import UserError

# What tensorflow_gan.python.eval.inception_metrics says; a test compares.
ADDRESS = "https://tfhub.dev/tensorflow/tfgan/eval/inception/1"
POOLED, LOGITS = "pool_3", "logits"
_PATIENCE = 60  # seconds without an answer
_FAULTS = (OSError, ValueError, EOFError, http.client.HTTPException, tarfile.TarError, zlib.error, tf.errors.OpError)


def load_inception() -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Maps images `[batch, 299, 299, 3]` in [−1, 1] to `POOLED` and `LOGITS`.

    Raises:
      UserError: the module cannot be fetched, or is none.
    """
    folder = cached_module()
    try:
        if not (folder / "saved_model.pb").is_file():
            _fetch(folder)
        return tf.saved_model.load(str(folder))
    except _FAULTS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{ADDRESS}: cannot be fetched ({reason});"
            " give a local file by --gin_param=\"inception.weights = '/path/to/inception.npz'\""
        ) from error


def cached_module() -> Path:
    """Where the module lies once fetched, which is where tensorflow-hub keeps it too."""
    root = os.environ.get("TFHUB_CACHE_DIR") or Path(tempfile.gettempdir(), "tfhub_modules")
    return Path(root, hashlib.sha1(ADDRESS.encode()).hexdigest())


def _fetch(folder: Path) -> None:
    """Unpacks the module into `folder`, which is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder.parent) as scratch,
        urllib.request.urlopen(f"{ADDRESS}?tf-hub-format=compressed", timeout=_PATIENCE) as answer,
        tarfile.open(fileobj=answer, mode="r|gz") as archive,
    ):
        archive.extractall(Path(scratch, "module"), filter="data")
        Path(scratch, "module").replace(folder)
