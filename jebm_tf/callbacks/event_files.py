"""TensorBoard's files of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from jebm_tf.storage import durable

_PATTERN = "events.out.tfevents.*"


@contextmanager
def events_at(writer: tf.summary.SummaryWriter, step: int) -> Iterator[None]:
    """A block whose summaries go to `writer`, at this step.

    Raises:
      OSError: the file system refused. TensorFlow's own error may be an OutOfRangeError, which Keras' `fit` takes for
        the end of the data, so that training would end there without a word.
    """
    try:
        with writer.as_default(step=step):
            yield
            writer.flush()
    except tf.errors.OpError as error:
        raise OSError(f"TensorBoard's events: {error.message.strip().splitlines()[0]}") from error


def forget_after(directory: Path, step: int) -> None:
    """Removes what event files in `directory` hold of later steps, which will be done again, and what a kill cut short.

    Files that hold nothing of the kind are not touched.
    """
    for path in sorted(directory.glob(_PATTERN)):
        events, whole = _read(path)
        kept = [event for event in events if event.step <= step]
        if whole and len(kept) == len(events):
            continue
        with durable.drafted(path) as draft, tf.io.TFRecordWriter(str(draft)) as writer:
            for event in kept:
                writer.write(event.SerializeToString())


def _read(path: Path) -> tuple[list, bool]:
    """Its events, and whether they are all that it holds."""
    events = []
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            events.append(tf.compat.v1.Event.FromString(record))
    except tf.errors.DataLossError:
        return events, False
    return events, True
