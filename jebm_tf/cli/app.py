"""What every command shares: flags, and one line with an exit status for what a user can mend."""

import errno
import gc
import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from absl import app, flags, logging

from jebm_tf import surroundings
from jebm_tf.cli import answer, help
from jebm_tf.errors import UserError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES)
USAGE = 2  # exit status for bad input
BATCH_SIZE_HELP = (
    "Samples or images that are computed at once, rounded up to a power of two, at most 256. Default: the run's batch"
    " size. Smaller parts need less memory; results differ by rounding alone."
)
BEST_HELP = "The weights of the run's best evaluation on the way (Run.keep_best), in place of the latest."

flags.DEFINE_boolean("debug", False, "Show the traceback of an error and TensorFlow's own messages.")


def run(main: Callable[[], int | None]) -> None:
    """Parses flags, calls `main` and exits; `main` returns an exit status, None for success."""
    _speak_utf_8()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal's encoding may lack a letter: that must not end a run
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = _Patient(sys.stdout), _Patient(sys.stderr)

    def guarded(argv: list[str]) -> int | None:
        with answer.given():
            return _attempt(main, argv)

    app.run(guarded, flags_parser=lambda argv: _parse(argv, sys.modules[main.__module__]))


def _attempt(main: Callable[[], int | None], argv: list[str]) -> int | None:
    """What `main` returns, or the status of what a user can mend, which is said in one line."""
    if len(argv) > 1:
        return _complain(f"unexpected argument {argv[1]!r}; every setting is a flag, --name=value")
    try:
        return main()
    except UserError as error:
        if flags.FLAGS.debug:
            raise
        return _complain(str(error))
    except UnicodeEncodeError as error:
        if flags.FLAGS.debug:
            raise
        return _complain(f"{error.object!r}: is not UTF-8; rename it")
    except Exception as error:
        if flags.FLAGS.debug or not _out_of_memory(error):
            raise
        what = str(error).strip().splitlines()[0][:200]
        return _complain(f"out of memory ({what}); lower --batch_size, or Run.batch_size in training")


class _Patient:
    """A stream that speaks into nothing once nobody reads it: a closed pipe must not end a run."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """See `io.TextIOBase`."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        """See `io.IOBase`."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _speak_utf_8() -> None:
    """Starts this process again in Python's UTF-8 mode where the locale has another encoding.

    TensorFlow takes every path for UTF-8. In another encoding it and Python would mean two different files.
    """
    if sys.getfilesystemencoding().lower() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _parse(argv: list[str], command: ModuleType) -> list[str]:
    if {"--help", "-help", "-h"} & set(argv[1:]):
        print(help.text(command))
        sys.exit(0)
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        sys.exit(_complain(f"{' '.join(str(error).split())} (--help lists the flags)"))


def _refused_by_the_disk(error: Exception) -> str | None:
    """Why a file system refused, if that is what the error says, in Python's or in TensorFlow's way."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not isinstance(error, tensorflow.errors.OpError):
        return None
    return next((reason for reason in map(os.strerror, _DISK) if reason in str(error)), None)


def _out_of_memory(error: Exception) -> bool:
    """Whether a device had no memory left, as TensorFlow says it; TensorFlow may not be imported yet."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(error, tensorflow.errors.ResourceExhaustedError)


def import_tensorflow() -> None:
    """Imports TensorFlow, which takes seconds, without what it says on standard error, unless --debug is given."""
    surroundings.pin_backend()
    surroundings.choose_kernels()
    if flags.FLAGS.debug:
        importlib.import_module("tensorflow")
        surroundings.pin()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.set_verbosity(logging.ERROR)
    sys.stderr.flush()
    # Some of it is written by C++ before any log level is looked at: only the file descriptor can hold it back.
    terminal = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            importlib.import_module("tensorflow").config.list_physical_devices()
            surroundings.pin()
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
    gc.freeze()  # what was imported stays: looking through it for garbage takes half a second of a start


def _complain(message: str) -> int:
    answer.add(error=message)
    print(f"{os.path.basename(sys.argv[0])}: error: {message}", file=sys.stderr)
    return USAGE


def name_bare_words(flag: str) -> None:
    """Makes --FLAG=WORD of every word of the command line that is neither a flag nor the value of one."""
    found, is_value = sys.argv[:1], False
    for word in sys.argv[1:]:
        is_flag = word.startswith("-")
        found.append(word if is_flag or is_value else f"--{flag}={word}")
        name = word.lstrip("-")
        is_value = is_flag and name in flags.FLAGS and not flags.FLAGS[name].boolean
    sys.argv = found


def require(name: str) -> str:
    """The value of a flag that must be given.

    Raises:
      UserError: it was not.
    """
    value = flags.FLAGS[name].value
    if value in (None, "", []):
        raise UserError(f"--{name} is required; --help says what it means")
    return value


def check_int32(name: str) -> None:
    """Checks that an integer flag fits TensorFlow's seeds.

    Raises:
      UserError: it does not.
    """
    value = flags.FLAGS[name].value or 0
    if not -(2**31) <= value < 2**31:
        raise UserError(f"--{name}={value}: must be a 32-bit integer")


@contextmanager
def writing(output: Path, way_out: str = "choose another --output") -> Iterator[None]:
    """A block that writes `output`, whose failures are the user's to mend.

    Raises:
      UserError: the file system refused; the message ends with `way_out`.
    """
    try:
        yield
    except Exception as error:
        refused = _refused_by_the_disk(error)
        if refused is None:
            raise
        raise UserError(f"{output}: cannot be written ({refused}); {way_out}") from error
