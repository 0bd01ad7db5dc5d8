"""Running a command as a process of its own, with what it says shown and kept, and signals handed on."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from jebm_tf.reproduction.commands import Command

_LOOK_EVERY = 0.2  # seconds


class Stopped(Exception):  # noqa: N818  (no error: somebody asked for it)
    """A signal has come; whoever runs commands is to end.

    Attributes:
      signal: which.
    """

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Outcome(NamedTuple):
    """How a command has ended.

    Attributes:
      status: its exit status.
      said: its last line that is an error, else its last line.
    """

    status: int
    said: str


class Processes:
    """A context in which SIGINT and SIGTERM go to the process under way, and end everything once it has ended.

    Processes write to their log files themselves, so that one goes on undisturbed where this one is killed.

    Args:
      show: is given each line that a process says.
    """

    def __init__(self, show: Callable[[str], object]):
        self._show = show
        self._signal: int | None = None
        self._process: subprocess.Popen | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Processes":
        """Takes the signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._hand_on)
        return self

    def __exit__(self, *_) -> None:
        """Gives them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, command: Command, log: Path, *, quiet: bool = False) -> Outcome:
        """Runs a command to its end.

        Args:
          command: what to run.
          log: the file that what it says is appended to.
          quiet: show nothing of it.

        Raises:
          Stopped: a signal has come; the command has ended by it.
        """
        self.check()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            begin = file.tell()
            file.write(f"$ {command.typed()}\n".encode())
            file.flush()
            # A session of its own: Ctrl-C in a terminal reaches it once, by way of this process.
            self._process = subprocess.Popen(
                command.line(), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        said = self._follow(self._process, log, begin, quiet)
        status, self._process = self._process.wait(), None
        self.check()
        errors = [line for line in said if ": error: " in line]
        return Outcome(status, (errors or said or ["it said nothing"])[-1])

    def check(self) -> None:
        """Ends where a signal has come.

        Raises:
          Stopped: one has.
        """
        if self._signal is not None:
            raise Stopped(self._signal)

    def wait(self, seconds: float) -> None:
        """Sleeps, at most until a signal comes.

        Raises:
          Stopped: one has.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(_LOOK_EVERY)

    def _follow(self, process: subprocess.Popen, log: Path, begin: int, quiet: bool) -> list[str]:
        """Shows what a process says until it ends; returns all of its lines."""
        said: list[str] = []
        with log.open("rb") as file:
            file.seek(begin)
            file.readline()  # the command
            rest = b""
            while True:
                ended = process.poll() is not None
                rest += file.read()
                *lines, rest = rest.split(b"\n")
                for line in [*lines, rest] if ended and rest else lines:
                    said.append(_last_look(line))
                    if not quiet:
                        self._show(said[-1])
                if ended:
                    return [line for line in said if line.strip()]
                time.sleep(_LOOK_EVERY)

    def _hand_on(self, number: int, frame: object) -> None:
        self._signal = number
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def _last_look(line: bytes) -> str:
    """A line as it looks once a progress bar has overwritten it."""
    return line.decode("utf-8", errors="replace").rstrip("\r").rsplit("\r", 1)[-1]
