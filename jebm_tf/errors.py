"""The one exception for what a user can mend, and what its message says of a run that has diverged."""

DIVERGED = "so the run has diverged"
"""In the message of every error that ends a run which has diverged, by which other processes know it."""


class UserError(Exception):
    """Bad input. The message is one line: what is wrong, where, and what to do about it.

    Example:
      >>> try:
      ...     jebm.load_images("digits", channels=1, bits=9)
      ... except jebm.UserError as error:
      ...     print(error)
      ...
      load_images.bits = 9: must be from 1 to 8
    """
