"""What seeds are split for: every number that sets one use of a seed apart from others, in one table."""

import enum


@enum.unique
class Purpose(enum.IntEnum):
    """Numbers to `fold` into a seed. No two are equal, nor within reach of a counted one.

    Training's own noise is of (seed, step), with steps from 0; what is drawn from the run's seed beside it is negative.
    Evaluations have a seed of their own, of which each task takes a share.
    """

    ROOT = 0x1EB3
    """The second half of every stateless seed, beside the user's number."""

    DATA_ORDER = -0xDA7A
    """The order of images, and which are mirrored, by epoch."""
    CHAIN_BANK = -0xBA4C
    """First positions of a bank of chains."""

    FIRST_WEIGHTS = -0xF125
    """Latents of the images that first weights are fitted to."""

    DROPOUT = -0xD209
    """What an inference network drops in a step, beside the noise of its latents."""

    SNAPSHOTS = 0x5EED
    """A run's pictures: the same chains each time, so that they can be compared over time."""
    PIXELS = 0xB17E5
    """Pixels of samples, of the same seed as their latents, where p(x | z) is drawn from."""
    BATCH_NORM = 0xB4701
    """Samples that batch norms are recalibrated to."""
    LOCAL_NORMALIZERS = 0x1061
    """Proposals for normalising constants that depend on z."""

    REBUILDING = 0
    """Reconstructions that are asked for, of a run or of an export."""
    HIERARCHICAL = 0x41E2
    INTERPOLATION = 0x1272
    LIKELIHOOD = 0xA15
    LIKELIHOOD_ELBO = 0xE1B0
    """The first of as many as there are samples of q."""
    LONG_RUN = 0x1046
    RECONSTRUCTION = 0x2EC0
    SAMPLING_TIME = 0x71E
    SCORES = 0x5C02E
    """The first of as many as there are posterior samples."""
    TRANSITIONS = 0x72A5
