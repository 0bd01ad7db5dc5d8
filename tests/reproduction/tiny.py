"""A table of short runs on the embedded digits. `python -m tests.reproduction.tiny FOLDER` reproduces it there."""

import dataclasses
import sys
from pathlib import Path

from jebm_tf.reproduction import systems, table4
from jebm_tf.reproduction.images import Images
from jebm_tf.reproduction.reproduce import reproduce

STEPS = 400
_PARAMS = (
    "Generator.stages = [(8, 4, 1, 'valid'), (1, 4, 2, 'same')]",
    "PosteriorChain.num_steps = 2",
    "PriorChain.num_steps = 2",
    "Run.batch_size = 50",
    "Run.snapshot_size = 4",
    "Run.log_every = 20",
    "Run.snapshot_every = 400",
    "Run.checkpoint_every = 20",
    "Run.keep_checkpoints = 3",
    "load_images.exclude_labels = (%held_out,)",
    "load_images.join = @JoinedSplit()",
)
_DIVERGES = ("Run.max_gap = 1e-9", "Run.max_rollbacks = 0")


def table():
    """Digit 9 held out, from a VAE and from an LEBM whose gap no run could keep to."""
    images = Images("digits", "digits", ("gin/digits.gin",), _PARAMS, max_steps=STEPS)
    by_model = {"vae": images, "lebm": dataclasses.replace(images, gin_params=(*_PARAMS, *_DIVERGES))}
    scoring = table4.Scoring(num_images=200, num_samples=1, epochs=2)
    return table4.plan(by_model, (systems.VAE, systems.LEBM), [9], [0], dict.fromkeys(by_model, scoring))


if __name__ == "__main__":
    sys.exit(reproduce(table(), Path(sys.argv[1]), {}, "Tiny", say=lambda line: print(line, flush=True)))
