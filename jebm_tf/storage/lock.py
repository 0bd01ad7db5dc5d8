"""One writer for a directory at a time."""

import contextlib
import datetime
import errno
import json
import os
import socket
from pathlib import Path
from typing import IO

from jebm_tf.errors import UserError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_NAME = ".lock"
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


class DirectoryLock:
    """A context in which this process alone writes a directory, whatever path or link it came by.

    The lock is the operating system's, on a file in the directory: it ends with the process, however that dies. It
    holds between processes of one machine, and over NFS where the server's lock service runs (Linux 2.6.12 or later).
    Where a file system has no locks a line says so, and nothing is held.

    Args:
      directory: is there already.

    Raises:
      UserError: another process holds it; the message says which one.
    """

    def __init__(self, directory: Path):
        self.path = directory / _NAME
        self._file: IO[str] | None = None

    def __enter__(self) -> "DirectoryLock":
        """Takes it."""
        if fcntl is None:
            return self
        self._file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._refused(error)
            return self
        self._file.truncate(0)
        since = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._file.write(json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": since}) + "\n")
        self._file.flush()
        return self

    def __exit__(self, *_) -> None:
        """Gives it back. The file stays: removing it would let two processes hold a lock each, on two files."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _refused(self, error: OSError) -> None:
        if error.errno in _UNSUPPORTED:
            print(f"{self.path}: this file system has no locks; take care that one process trains here", flush=True)
            return
        holder = self._holder()
        self.__exit__()
        raise UserError(
            f"{self.path.parent}: {holder} is training here; wait for it, stop it, or choose another --run_dir"
        ) from error

    def _holder(self) -> str:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(self.path.read_text(encoding="utf-8"))
            return f"process {told['pid']} on {told['host']} (since {told['since']})"
        return "another process"
